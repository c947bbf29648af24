// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/seen_calls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald::call {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using State = SeenCall::State;

const Time kStart{seconds(1000)};

SeenKey Key(const std::string& key) { return {"spiffe://x/a", "agent", key}; }

KeptAnswer Answer(size_t size) { return {.body = std::string(size, 'x')}; }

TEST(SeenCallsTest, AKeyIsOneCallersAndOneAgents) {
  SeenCalls seen(kStart, {});
  seen.Begin(Key("k"), 1, kStart);
  EXPECT_NE(seen.Find(Key("k"), kStart), nullptr);
  EXPECT_EQ(seen.Find(Key("l"), kStart), nullptr);
  EXPECT_EQ(seen.Find({"spiffe://x/b", "agent", "k"}, kStart), nullptr);
  EXPECT_EQ(seen.Find({"spiffe://x/a", "other", "k"}, kStart), nullptr);
}

TEST(SeenCallsTest, AKeyIsForgottenAfterTenMinutes) {
  SeenCalls seen(kStart, {});
  SeenCallPtr call = seen.Begin(Key("k"), 1, kStart);
  seen.Answered(*call, Answer(10));
  EXPECT_NE(seen.Find(Key("k"), kStart + minutes(10) - milliseconds(1)),
            nullptr);
  EXPECT_EQ(seen.Find(Key("k"), kStart + minutes(10)), nullptr);
  EXPECT_EQ(seen.bytes(), 0u);
  EXPECT_EQ(seen.size(), 0u);
}

TEST(SeenCallsTest, ItRemembersNoLongerThanItLivesAndTenMinutesAtMost) {
  SeenCalls seen(kStart, {});
  EXPECT_EQ(seen.Remembers(kStart + seconds(5)), Duration(seconds(5)));
  EXPECT_EQ(seen.Remembers(kStart + minutes(20)), Duration(minutes(10)));
}

TEST(SeenCallsTest, WhereAKeyIsPushedOutItSaysThatItRemembersLess) {
  SeenCalls seen(kStart, {.keys = 2});
  seen.Begin(Key("a"), 1, kStart + seconds(1));
  seen.Begin(Key("b"), 1, kStart + seconds(2));
  EXPECT_EQ(seen.Remembers(kStart + seconds(3)), Duration(seconds(3)));
  seen.Begin(Key("c"), 1, kStart + seconds(3));
  EXPECT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen.Find(Key("a"), kStart + seconds(3)), nullptr);
  EXPECT_EQ(seen.Remembers(kStart + seconds(3)), Duration(seconds(2)));
}

TEST(SeenCallsTest, WhatWasNeverDoneMayComeAgain) {
  SeenCalls seen(kStart, {});
  SeenCallPtr call = seen.Begin(Key("a"), 1, kStart + seconds(1));
  seen.Forget(*call);
  EXPECT_EQ(seen.Find(Key("a"), kStart + seconds(1)), nullptr);
  EXPECT_EQ(seen.Remembers(kStart + seconds(2)), Duration(seconds(2)));
  seen.Begin(Key("a"), 1, kStart + seconds(2));
}

TEST(SeenCallsTest, BeyondItsBytesTheOldestAnswerGoesAndTheKeyStays) {
  SeenCalls seen(kStart, {.bytes = 250});
  std::vector<SeenCallPtr> calls;
  for (const char* key : {"a", "b", "c"}) {
    calls.push_back(seen.Begin(Key(key), 1, kStart));
    seen.Answered(*calls.back(), Answer(100));
  }
  EXPECT_EQ(calls[0]->state, State::kNotKept);
  EXPECT_TRUE(calls[0]->answer.body.empty());
  EXPECT_EQ(calls[1]->state, State::kAnswered);
  EXPECT_EQ(seen.bytes(), 200u);
  EXPECT_EQ(seen.Find(Key("a"), kStart), calls[0]);
}

TEST(SeenCallsTest, ACallThatIsPushedOutWhileItRunsCostsNoBytes) {
  SeenCalls seen(kStart, {.keys = 1});
  SeenCallPtr first = seen.Begin(Key("a"), 1, kStart);
  seen.Begin(Key("b"), 1, kStart);
  seen.Answered(*first, Answer(100));
  EXPECT_EQ(seen.bytes(), 0u);
  EXPECT_EQ(first->state, State::kAnswered);  // for those that wait for it
}

TEST(IdempotencyKeyTest, PostAndPatchMayBearOne) {
  http::RequestHead head;
  head.headers.Add("idempotency-key", "\"8e03978e\"");
  for (const char* method : {"POST", "PATCH"}) {
    head.method = method;
    EXPECT_EQ(IdempotencyKeyOf(head), "\"8e03978e\"");
  }
  for (const char* method : {"GET", "PUT", "DELETE"}) {
    head.method = method;
    EXPECT_EQ(IdempotencyKeyOf(head), std::nullopt);
  }
}

TEST(IdempotencyKeyTest, AKeyHasOneTo256Characters) {
  auto error = [](size_t size) {
    http::RequestHead head{.method = "POST"};
    head.headers.Add("idempotency-key", std::string(size, 'k'));
    return IdempotencyKeyError(head);
  };
  EXPECT_NE(error(0), "");
  EXPECT_EQ(error(1), "");
  EXPECT_EQ(error(256), "");
  EXPECT_THAT(error(257), testing::HasSubstr("257 characters"));
}

TEST(IdempotencyKeyTest, TwoKeysAreNone) {
  http::RequestHead head{.method = "POST"};
  head.headers.Add("idempotency-key", "a");
  head.headers.Add("idempotency-key", "a");
  EXPECT_NE(IdempotencyKeyError(head), "");
}

TEST(FingerprintTest, DependsOnTheBytesAndNotOnTheirPieces) {
  Fingerprint whole, pieces, other;
  whole.Add("order 17");
  pieces.Add("order");
  pieces.Add(" 17");
  other.Add("order 18");
  EXPECT_EQ(whole.value(), pieces.value());
  EXPECT_NE(whole.value(), other.value());
}

}  // namespace
}  // namespace herald::call
