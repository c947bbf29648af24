// SPDX-License-Identifier: Apache-2.0
//
// What another attempt of a call may cost: a tenth of the calls, and no more,
// however many peers fail.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sidecar/call/scene_testing.h"

namespace herald::call {
namespace {

using http::Reset;
using testing::HasSubstr;

std::vector<discovery::EndpointPtr> Peers(const std::string& prefix,
                                          int count) {
  discovery::AgentInfo agent{.name = "summarizer"};
  std::vector<discovery::EndpointPtr> out;
  for (int i = 0; i < count; ++i) {
    out.push_back(Peer(prefix + std::to_string(i), "DE", {agent}));
  }
  return out;
}

// Calls, each lost as often as it is tried, until no more of it is repeated.
void SpendTheBudget(Scene& scene) {
  while (scene.CounterValue("herald_retries_refused_total") == 0) {
    auto client = scene.Ask(Request("GET", "/x"));
    while (client->heads().empty()) scene.mesh.far().Reset(Reset::kLost);
  }
}

TEST(RetryBudgetOfCallsTest, AFullOutageCostsATenthMoreThanTheCalls) {
  Scene scene;
  scene.Know(Peers("sum-", 10));
  for (int i = 0; i < 200; ++i) {
    auto client = scene.Ask(Request("GET", "/x"));
    while (client->heads().empty()) scene.mesh.far().Reset(Reset::kLost);
  }
  EXPECT_LE(scene.mesh.opened.size(), 223u);  // 200 + 20 + 3
  EXPECT_GT(scene.CounterValue("herald_retries_refused_total"), 0u);
}

TEST(RetryBudgetOfCallsTest, WithoutBudgetTheAnswerIsWhatTheAttemptGot) {
  Scene scene;
  scene.Know(Peers("sum-", 10));
  SpendTheBudget(scene);
  scene.Know(Peers("sum-", 10));
  const size_t before = scene.mesh.opened.size();
  auto client = scene.Ask(Request("GET", "/x"));
  if (scene.mesh.opened.size() == before) return;  // no peer is usable
  scene.mesh.far().Reset(Reset::kLost);
  EXPECT_EQ(scene.mesh.opened.size(), before + 1);
  EXPECT_EQ(client->head().status, 502);
  EXPECT_THAT(client->body(), HasSubstr("too many calls to 'summarizer'"));
}

TEST(RetryBudgetOfCallsTest, OneRefusalACallIsFree) {
  Scene scene;
  SpendTheBudget(scene);
  scene.Know(Peers("new-", 3));
  const size_t before = scene.mesh.opened.size();
  auto client = scene.Ask(Request("POST", "/buy"));
  scene.mesh.far().Reset(Reset::kRefused);
  EXPECT_EQ(scene.mesh.opened.size(), before + 2);
  scene.mesh.far().Reset(Reset::kRefused);
  EXPECT_EQ(scene.mesh.opened.size(), before + 2);
  EXPECT_EQ(client->head().status, 503);
}

TEST(RetryBudgetOfCallsTest, WhatNeverLeftIsFree) {
  Scene scene;
  SpendTheBudget(scene);
  scene.Know(Peers("new-", 3));
  const size_t before = scene.mesh.opened.size();
  scene.Ask(Request("POST", "/buy"));
  for (int i = 0; i < 3; ++i) scene.mesh.far().Reset(Reset::kNotSent);
  EXPECT_EQ(scene.mesh.opened.size(), before + 3);
}

TEST(RetryBudgetOfCallsTest, EachAgentHasItsOwn) {
  Scene scene;
  SpendTheBudget(scene);
  discovery::AgentInfo other{.name = "other"};
  scene.Know({Peer("o-1", "DE", {other}), Peer("o-2", "DE", {other})});
  const size_t before = scene.mesh.opened.size();
  http::RequestHead head = Request("GET", "/x");
  head.authority = "other.herald";
  scene.Ask(head);
  scene.mesh.far().Reset(Reset::kLost);
  EXPECT_EQ(scene.mesh.opened.size(), before + 2);
}

}  // namespace
}  // namespace herald::call
