// SPDX-License-Identifier: Apache-2.0
//
// `audit: full`: a call is opened when its record is on the disk, on both
// sides, and what happens to it while it waits.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/call/scene_testing.h"

namespace herald::call {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

class RecordWaitTest : public testing::Test {
 protected:
  RecordWaitTest() { scene_.decisions.is_slow = true; }

  FarEndPtr Ask(std::string_view timeout = "", bool end = true) {
    http::RequestHead head = Request("POST", "/agents/summarizer/x");
    head.headers.Add("herald-labels", "filed");
    if (!timeout.empty()) head.headers.Add("herald-timeout", timeout);
    return scene_.Ask(std::move(head), end);
  }
  FarEndPtr Deliver(std::optional<Duration> timeout = std::nullopt) {
    CallContext context = scene_.Context();
    context.labels = {"filed"};
    context.timeout = timeout;
    return scene_.Deliver(Request("POST", "/x"), context);
  }
  const std::string& LastLine() { return scene_.decisions.lines.back(); }

  Scene scene_;
};

TEST_F(RecordWaitTest, ACallIsOpenedWhenItsRecordIsOnTheDisk) {
  FarEndPtr agent = Ask();
  EXPECT_TRUE(scene_.mesh.opened.empty());
  ASSERT_EQ(scene_.decisions.lines.size(), 1u);
  EXPECT_THAT(LastLine(), HasSubstr("\"audit\":\"full\""));
  scene_.decisions.Settle(true);
  ASSERT_EQ(scene_.mesh.opened.size(), 1u);
  scene_.mesh.far().Response(200, true);
  EXPECT_EQ(agent->head().status, 200);
}

TEST_F(RecordWaitTest, WhatTheClientSentMeanwhileIsNotLost) {
  FarEndPtr agent = Ask("", /*end=*/false);
  agent->Data("some ", false);
  agent->Data("text", true);
  scene_.decisions.Settle(true);
  EXPECT_EQ(scene_.mesh.far().body(), "some text");
  EXPECT_TRUE(scene_.mesh.far().ended());
}

TEST_F(RecordWaitTest, ADiskThatFailsRefusesTheCall) {
  FarEndPtr agent = Ask();
  scene_.decisions.Settle(false);
  EXPECT_TRUE(scene_.mesh.opened.empty());
  EXPECT_EQ(agent->head().status, 403);
  EXPECT_THAT(agent->body(), HasSubstr("decision log"));
}

TEST_F(RecordWaitTest, ADeadlineEndsTheWait) {
  FarEndPtr agent = Ask("1s");
  scene_.loop.RunFor(seconds(2));
  EXPECT_EQ(agent->head().status, 504);
  EXPECT_THAT(agent->body(), HasSubstr("on the disk"));
  EXPECT_THAT(LastLine(), HasSubstr("\"outcome\":\"deadline\""));
  EXPECT_TRUE(scene_.decisions.waits.empty());
  scene_.decisions.Settle(true);
  EXPECT_TRUE(scene_.mesh.opened.empty());
}

TEST_F(RecordWaitTest, AClientThatLeavesEndsTheWait) {
  FarEndPtr agent = Ask();
  agent->Reset(http::Reset::kCancelled);
  EXPECT_TRUE(scene_.decisions.waits.empty());
  EXPECT_THAT(LastLine(), HasSubstr("\"outcome\":\"cancelled\""));
  scene_.loop.RunTurn();
  EXPECT_EQ(scene_.outbound.open(), 0u);
  EXPECT_TRUE(scene_.mesh.opened.empty());
}

TEST_F(RecordWaitTest, ADigestDoesNotWait) {
  http::RequestHead head = Request("GET", "/agents/summarizer/x");
  head.headers.Add("herald-labels", "audited");
  scene_.Ask(std::move(head));
  EXPECT_EQ(scene_.mesh.opened.size(), 1u);
}

TEST_F(RecordWaitTest, TheCalleeWaitsToo) {
  FarEndPtr caller = Deliver();
  EXPECT_TRUE(scene_.local.opened.empty());
  scene_.decisions.Settle(true);
  ASSERT_EQ(scene_.local.opened.size(), 1u);
  scene_.local.far().Response(200, true);
  EXPECT_EQ(caller->head().status, 200);
}

TEST_F(RecordWaitTest, TheCalleesDiskRefusesTooAndTheAgentSawNothing) {
  FarEndPtr caller = Deliver();
  scene_.decisions.Settle(false);
  EXPECT_TRUE(scene_.local.opened.empty());
  EXPECT_EQ(caller->head().status, 403);
  auto reply = UnpackReply(caller->Header(kContextHeader));
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply->not_processed);
}

TEST_F(RecordWaitTest, TheCalleesWaitHasTheCallsDeadline) {
  FarEndPtr caller = Deliver(seconds(1));
  scene_.loop.RunFor(seconds(2));
  EXPECT_EQ(caller->head().status, 504);
  EXPECT_TRUE(UnpackReply(caller->Header(kContextHeader))->not_processed);
  EXPECT_TRUE(scene_.decisions.waits.empty());
}

TEST_F(RecordWaitTest, ACallerThatLeavesEndsTheCalleesWait) {
  FarEndPtr caller = Deliver();
  caller->Reset(http::Reset::kCancelled);
  EXPECT_TRUE(scene_.decisions.waits.empty());
  scene_.loop.RunTurn();
  EXPECT_EQ(scene_.inbound.open(), 0u);
}

}  // namespace
}  // namespace herald::call
