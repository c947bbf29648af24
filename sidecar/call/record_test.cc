// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/record.h"

#include <gtest/gtest.h>

namespace herald::call {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

// 2026-11-21 01:02:03 UTC.
const WallTime kAt{seconds(1795222923) + microseconds(456789)};

TEST(RecordTest, TimesAreUtcWithMicroseconds) {
  EXPECT_EQ(RenderTime(kAt), "2026-11-21T01:02:03.456789Z");
  EXPECT_EQ(RenderTime(WallTime{}), "1970-01-01T00:00:00.000000Z");
}

TEST(RecordTest, ADecisionReadsExactlySo) {
  CallFacts call;
  call.id = "AAAAAAAAAAAAAAAAAAAAAA";
  call.caller = "spiffe://acme.example/agent/planner";
  call.caller_namespace = "claims";
  call.agent = "summarizer";
  call.skill = "summarize";
  call.labels = {"personal"};
  call.purpose = "support";
  call.legal_basis = "consent";
  call.endorsements = {"tokenised"};
  Site relay;
  relay.country = Country::Parse("CH");
  Site site;
  site.country = Country::Parse("DE");
  site.tier = Tier::kFarEdge;
  site.operator_name = "acme \"x\"";
  site.operator_control = {*Country::Parse("DE")};
  site.assurance = std::vector<std::string>();
  site.attestation = Attestation::kDeclared;
  policy::Node path[] = {{.relay = true, .terminates = false, .site = &relay},
                         {.site = &site}};
  policy::Decision decision;
  decision.verdict = policy::Verdict::kPermit;
  decision.code = policy::Code::kPermitted;
  decision.rules = {"p1/eu"};
  decision.obligations.audit = policy::Obligations::Audit::kDigest;
  decision.obligations.encrypt_end_to_end = true;
  EXPECT_EQ(
      RenderDecision({.at = kAt,
                      .side = "caller",
                      .node = "planner-0",
                      .call = &call,
                      .peer = "sum-de",
                      .path = path,
                      .decision = &decision,
                      .policy_hash = "abc",
                      .attempt = 2}),
      R"({"time":"2026-11-21T01:02:03.456789Z","event":"decision",)"
      R"("side":"caller","node":"planner-0",)"
      R"("call":"AAAAAAAAAAAAAAAAAAAAAA","attempt":2,)"
      R"("caller":"spiffe://acme.example/agent/planner",)"
      R"("namespace":"claims","agent":"summarizer","skill":"summarize",)"
      R"("labels":["personal"],"purpose":"support","legalBasis":"consent",)"
      R"("endorsements":["tokenised"],"peer":"sum-de","path":[)"
      R"({"role":"relay","terminates":false,"country":"CH"},)"
      R"({"role":"peer","country":"DE","tier":"FarEdge",)"
      R"("operator":"acme \"x\"","operatorControl":["DE"],"assurance":[],)"
      R"("attestation":"declared"}],"verdict":"Permit","code":"permitted","rules":["p1/eu"],)"
      R"("obligations":{"audit":"digest","encrypt":"endToEnd"},)"
      R"("policy":"abc"})");
}

TEST(RecordTest, ADenialSaysWhatWasNotPermittedAndWhy) {
  CallFacts call;
  Site site;
  policy::Node path[] = {{.site = &site}};
  policy::Decision decision;
  decision.unpermitted = {"health"};
  decision.reason = "there is no policy";
  std::string line = RenderDecision({.at = kAt,
                                     .side = "callee",
                                     .node = "n",
                                     .call = &call,
                                     .peer = "n",
                                     .path = path,
                                     .decision = &decision,
                                     .policy_hash = ""});
  EXPECT_EQ(
      line,
      R"({"time":"2026-11-21T01:02:03.456789Z","event":"decision",)"
      R"("side":"callee","node":"n","call":"","attempt":1,"caller":"",)"
      R"("agent":"","labels":[],"endorsements":[],"peer":"n",)"
      R"("path":[{"role":"peer"}],"verdict":"Deny","code":"no-policy","rules":[],)"
      R"("unpermitted":["health"],"reason":"there is no policy",)"
      R"("obligations":{},"policy":""})");
}

TEST(RecordTest, AnOutcomeReadsExactlySo) {
  EXPECT_EQ(RenderOutcome({.at = kAt,
                           .side = "caller",
                           .node = "planner-0",
                           .call_id = "AAAAAAAAAAAAAAAAAAAAAA",
                           .peer = "sum-de",
                           .attempt = 1,
                           .outcome = "ok",
                           .status = 200,
                           .bytes_out = 12,
                           .bytes_in = 345,
                           .took = microseconds(6789)}),
            R"({"time":"2026-11-21T01:02:03.456789Z","event":"outcome",)"
            R"("side":"caller","node":"planner-0",)"
            R"("call":"AAAAAAAAAAAAAAAAAAAAAA","attempt":1,"peer":"sum-de",)"
            R"("outcome":"ok","status":200,"bytesOut":12,"bytesIn":345,)"
            R"("us":6789})");
}

TEST(RecordTest, WithoutAResponseThereIsNoStatus) {
  std::string line = RenderOutcome({.at = kAt, .outcome = "lost"});
  EXPECT_EQ(line.find("status"), std::string::npos);
}

TEST(RecordTest, ControlCharactersCannotForgeALine) {
  std::string line = RenderOutcome({.at = kAt, .peer = "a\n{\"forged\":1}"});
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace herald::call
