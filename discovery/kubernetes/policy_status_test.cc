// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/policy_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_loop.h"
#include "tests/support/fake_web.h"

namespace herald::kubernetes {
namespace {

using std::chrono::seconds;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class PolicyReporterTest : public testing::Test {
 protected:
  static std::string Object(const std::string& name,
                            const std::string& status = "{}") {
    return R"({"metadata":{"name":")" + name +
           R"(","generation":3,"resourceVersion":"8"},"spec":{},"status":)" +
           status + "}";
  }
  static std::string ListOf(const std::string& items) {
    return R"({"metadata":{"resourceVersion":"7"},"items":[)" + items + "]}";
  }
  test::FakeWeb::AskedPtr Asked(const std::string& part) const {
    for (size_t i = web_.asked.size(); i-- > 0;) {
      if (web_.asked[i]->path().find(part) != std::string::npos) {
        return web_.asked[i];
      }
    }
    return nullptr;
  }
  // Everything listed; `schemas` are the LabelSchemas.
  void Start(const std::string& schemas) {
    reporter_.Start();
    for (const char* plural : {"clusterroutingpolicies", "jurisdictionsets",
                               "overrides", "routingpolicies"}) {
      Asked("/" + std::string(plural) + "?")->Answer(200, ListOf(""));
    }
    Asked("/labelschemas?")->Answer(200, ListOf(schemas));
    Asked("/labelschemas?")->Head(200);
    loop_.RunFor(seconds(1));
  }
  void Lead() {
    Asked("/leases/")->Answer(404, "{}");
    Asked("/leases")->Answer(201, "{}");
  }
  // Requests that write statuses, in order.
  std::vector<test::FakeWeb::AskedPtr> Writes() const {
    std::vector<test::FakeWeb::AskedPtr> out;
    for (const auto& asked : web_.asked) {
      if (asked->request.head.method == "PATCH") out.push_back(asked);
    }
    return out;
  }
  json::Object Condition(const test::FakeWeb::AskedPtr& asked) const {
    return json::Parse(asked->request.body)
        ->at("status")
        .at("conditions")
        .as_array()
        .at(0)
        .as_object();
  }

  test::FakeLoop loop_;
  test::FakeWeb web_;
  Random random_{1};
  Metrics metrics_;
  NullLog log_;
  Api api_{.loop = loop_, .random = random_, .web = web_, .token = nullptr};
  Issues issues_;
  PolicyReporter reporter_{
      api_,
      log_,
      metrics_,
      {.space = "herald-system", .holder = "me"},
      [this](const std::vector<PolicyObject>&) { return issues_; }};
};

TEST_F(PolicyReporterTest, OnlyTheLeaderWrites) {
  Start(Object("a"));
  EXPECT_THAT(Writes(), IsEmpty());
  Lead();
  ASSERT_THAT(Writes(), SizeIs(1));
  EXPECT_EQ(Writes()[0]->path(),
            "/apis/herald.dev/v1alpha1/labelschemas/a/status?force=true&"
            "fieldManager=herald-policy-status");
}

TEST_F(PolicyReporterTest, WhatIsSoundIsSaidToBe) {
  Start(Object("a"));
  Lead();
  const json::Object condition = Condition(Writes().at(0));
  EXPECT_EQ(condition.at("type").as_string(), "Compiled");
  EXPECT_EQ(condition.at("status").as_string(), "True");
  EXPECT_EQ(condition.at("observedGeneration").as_int64(), 3);
  EXPECT_EQ(condition.at("lastTransitionTime").as_string(),
            "2026-01-01T00:00:02Z");
}

TEST_F(PolicyReporterTest, WhatIsWrongIsSaidWithLineAndColumn) {
  issues_ = {{.file = "LabelSchema/a",
              .at = {4, 7},
              .text = "unknown key 'labls'",
              .hint = "did you mean 'labels'?"}};
  Start(Object("a") + "," + Object("b"));
  Lead();
  const json::Object wrong = Condition(Writes().at(0));
  EXPECT_EQ(wrong.at("status").as_string(), "False");
  EXPECT_EQ(wrong.at("reason").as_string(), "NotSound");
  EXPECT_THAT(std::string(wrong.at("message").as_string()),
              AllOf(HasSubstr("LabelSchema/a:4:7: error: unknown key 'labls'"),
                    HasSubstr("did you mean 'labels'?")));
  Writes()[0]->Answer(200, "{}");
  const json::Object other = Condition(Writes().at(1));
  EXPECT_EQ(other.at("status").as_string(), "True");
  EXPECT_EQ(other.at("reason").as_string(), "WaitsForOthers");
  EXPECT_THAT(std::string(other.at("message").as_string()),
              HasSubstr("LabelSchema/a is not sound"));
}

TEST_F(PolicyReporterTest, WhatStandsThereIsNotWrittenAgain) {
  Start(Object(
      "a",
      R"({"conditions":[{"type":"Compiled","status":"True","reason":"Sound",
         "message":"","observedGeneration":3,
         "lastTransitionTime":"2025-12-31T00:00:00Z"}]})"));
  Lead();
  EXPECT_THAT(Writes(), IsEmpty());
}

TEST_F(PolicyReporterTest, TheTimeIsThatOfTheLastTurn) {
  Start(Object(
      "a",
      R"({"conditions":[{"type":"Compiled","status":"True","reason":"Sound",
         "message":"","observedGeneration":2,
         "lastTransitionTime":"2025-12-31T00:00:00Z"}]})"));
  Lead();
  ASSERT_THAT(Writes(), SizeIs(1));
  EXPECT_EQ(Condition(Writes()[0]).at("lastTransitionTime").as_string(),
            "2025-12-31T00:00:00Z");
}

TEST_F(PolicyReporterTest, AWriteThatFailsIsTriedAgain) {
  Start(Object("a") + "," + Object("b"));
  Lead();
  Writes()[0]->Answer(403, R"({"message":"no"})");
  ASSERT_TRUE(loop_.RunUntil([&] { return Writes().size() == 2; }));
  EXPECT_EQ(Writes()[1]->path(), Writes()[0]->path());
  // One that is gone needs no status.
  Writes()[1]->Answer(404, "{}");
  EXPECT_THAT(Writes().at(2)->path(), HasSubstr("labelschemas/b"));
}

TEST_F(PolicyReporterTest, AChangeIsReviewed) {
  Start(Object("a"));
  Lead();
  Writes()[0]->Answer(200, "{}");
  Asked("/labelschemas?watch")
      ->Body("{\"type\":\"ADDED\",\"object\":" + Object("b") + "}\n");
  loop_.RunFor(seconds(1));
  // Of `a` the server has told nothing new, so it is written once more.
  ASSERT_GE(Writes().size(), 2u);
  while (Writes().back()->events != nullptr) {
    Writes().back()->Answer(200, "{}");
  }
  EXPECT_THAT(Writes().back()->path(), HasSubstr("labelschemas/b"));
}

}  // namespace
}  // namespace herald::kubernetes
