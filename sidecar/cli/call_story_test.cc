// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/call_story.h"

#include <sstream>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace herald::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kDenied[] =
    R"({"time":"T1","event":"decision","side":"caller","node":"planner-0",)"
    R"("call":"c1","attempt":1,"caller":"spiffe://a/ns/claims/sa/p",)"
    R"("namespace":"claims","agent":"summarizer","skill":"summarize",)"
    R"("labels":["personal"],"purpose":"support","endorsements":[],)"
    R"("endorsementsDropped":["tokenised"],"peer":"sum-iad","path":[)"
    R"({"role":"relay","terminates":false},)"
    R"({"role":"peer","country":"US","tier":"Cloud"}],"verdict":"Deny",)"
    R"("code":"no-permit","rules":["p1/eu"],"unpermitted":["personal"],)"
    R"("failed":["p1/eu: where.process.countries.in [EEA], found US at the )"
    R"(peer"],"obligations":{},"policy":"0123456789abcdef0123"})";
constexpr char kPermitted[] =
    R"({"time":"T2","event":"decision","side":"caller","node":"planner-0",)"
    R"("call":"c1","attempt":2,"caller":"spiffe://a/ns/claims/sa/p",)"
    R"("agent":"summarizer","labels":["personal"],"endorsements":[],)"
    R"("peer":"sum-fra","path":[{"role":"peer","country":"DE"}],)"
    R"("verdict":"Permit","code":"permitted","rules":["p1/eu"],)"
    R"("obligations":{"audit":"digest"},)"
    R"("shadow":{"verdict":"Deny","rules":["p6/eu-operators"]},)"
    R"("policy":"0123456789abcdef0123"})";

std::string End(const std::string& outcome) {
  return R"({"time":"T3","event":"outcome","side":"caller","node":"planner-0",)"
         R"("call":"c1","attempt":2,"peer":"sum-fra","outcome":")" +
         outcome + R"(","status":200,"bytesOut":12,"bytesIn":345,"us":6789})";
}

std::vector<json::Object> Lines(const std::vector<std::string>& texts) {
  std::vector<json::Object> lines;
  for (const std::string& text : texts) {
    auto parsed = json::Parse(text);
    EXPECT_TRUE(parsed) << text;
    lines.push_back(std::move(parsed->get_object()));
  }
  return lines;
}

TEST(CallStoryTest, TellsWhatWasAskedEachAttemptAndHowItEnded) {
  std::string story = TellCall(Lines({kDenied, kPermitted, End("ok")}));
  EXPECT_EQ(
      story,
      "call c1: permitted\n"
      "  caller      spiffe://a/ns/claims/sa/p (namespace claims)\n"
      "  agent       summarizer\n"
      "  skill       summarize\n"
      "  labels      personal\n"
      "  purpose     support\n"
      "  not counted endorsements tokenised: the caller is no authority for "
      "them\n"
      "\n"
      "attempt 1, peer sum-iad: denied (no-permit)\n"
      "  at          T1\n"
      "  judged by   the caller's sidecar, node planner-0\n"
      "  path        opaque relay of unknown country, then peer in US Cloud\n"
      "  rules       p1/eu\n"
      "  no permit   personal\n"
      "  failed      p1/eu: where.process.countries.in [EEA], found US at the "
      "peer\n"
      "  policy      0123456789ab\n"
      "\n"
      "attempt 2, peer sum-fra: permitted\n"
      "  at          T2\n"
      "  judged by   the caller's sidecar, node planner-0\n"
      "  path        peer in DE\n"
      "  rules       p1/eu\n"
      "  obliged to  audit digest\n"
      "  shadow      with the shadow policies: Deny by p6/eu-operators\n"
      "  policy      0123456789ab\n"
      "\n"
      "attempt 2, peer sum-fra: ended ok (status 200)\n"
      "  at          T3\n"
      "  took        6.8 ms\n"
      "  bytes       12 out, 345 in\n");
}

TEST(CallStoryTest, ACallIsDeniedWhereNoDecisionPermittedIt) {
  EXPECT_FALSE(WasPermitted(Lines({kDenied})));
  EXPECT_TRUE(WasPermitted(Lines({kDenied, kPermitted})));
  EXPECT_THAT(TellCall(Lines({kDenied})), HasSubstr("call c1: denied\n"));
}

TEST(CallStoryTest, WhatTheOtherSideOrANewPolicyTookBackIsDenied) {
  for (const char* word : {"denied", "response-withheld", "policy-changed"}) {
    EXPECT_FALSE(WasPermitted(Lines({kPermitted, End(word)}))) << word;
  }
  // That an agent is down is no word of policy, nor is a first attempt that
  // another one made good.
  EXPECT_TRUE(WasPermitted(Lines({kPermitted, End("bad-agent")})));
  EXPECT_TRUE(WasPermitted(Lines({kPermitted, End("denied"), End("ok")})));
}

TEST(CallStoryTest, ACallOfWhichOnlyTheEndIsRecordedWasPermitted) {
  EXPECT_TRUE(WasPermitted(Lines({End("ok")})));
  EXPECT_THAT(TellCall(Lines({End("ok")})), Not(HasSubstr("caller")));
}

TEST(CallStoryTest, AnObservedCallIsSaidToBeOne) {
  std::string line = kPermitted;
  line.insert(line.size() - 1, R"(,"observed":true,"overrides":["inc-1"])");
  std::string story = TellCall(Lines({line}));
  EXPECT_THAT(story, HasSubstr("permitted because its namespace is observed; "
                               "else denied\n"));
  EXPECT_THAT(story, HasSubstr("  overrides   inc-1\n"));
}

// A label comes from the caller's sidecar, which may be anybody's.
TEST(CallStoryTest, NothingInALogSpeaksToTheTerminal) {
  std::string story = TellCall(Lines(
      {R"({"event":"decision","call":"c1","caller":"a\u001b[2Jb",)"
       R"("labels":["x\n  rules       p/forged","\u009b31m"],"peer":"q\u007f",)"
       R"("obligations":{"k\u0007":"v\r"},"verdict":"Permit"})"}));
  EXPECT_THAT(story, HasSubstr("a?[2Jb"));
  EXPECT_THAT(story, HasSubstr("x?  rules       p/forged, ?31m\n"));
  EXPECT_THAT(story, HasSubstr("peer q?:"));
  EXPECT_THAT(story, HasSubstr("k? v?\n"));
}

}  // namespace
}  // namespace herald::cli
