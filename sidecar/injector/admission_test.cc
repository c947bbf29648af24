// SPDX-License-Identifier: Apache-2.0
#include "sidecar/injector/admission.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/injector/json_patch.h"

namespace herald::injector {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

json::Value Parsed(std::string_view text) {
  auto value = json::Parse(text);
  EXPECT_TRUE(value.has_value()) << text;
  return value ? *value : json::Value();
}

Settings TestSettings() {
  Settings settings = DefaultSettings("herald:1");
  settings.trust_domain = "acme.example";
  settings.guard.admins = {"platform"};
  return settings;
}

AdmissionRequest PodRequest(const std::string& spec) {
  return {.uid = "u",
          .kind = "Pod",
          .kubernetes_namespace = "claims",
          .operation = "CREATE",
          .object = Parsed(R"({"spec": {"containers": [{"name": "a"}])" + spec +
                           "}}")};
}

TEST(MutateTest, APodThatIsCreatedGetsASidecar) {
  AdmissionRequest request = PodRequest("");
  const AdmissionAnswer answer = Mutate(request, TestSettings());
  EXPECT_TRUE(answer.allowed);
  ASSERT_TRUE(Apply(answer.patch, request.object).ok());
  EXPECT_EQ(*At(request.object, "/spec/initContainers/0/name"), "herald");
  EXPECT_THAT(Mutate(request, TestSettings()).patch, IsEmpty());
}

TEST(MutateTest, WhatIsNoNewPodPasses) {
  AdmissionRequest update = PodRequest("");
  update.operation = "UPDATE";
  AdmissionRequest status = PodRequest("");
  status.subresource = "status";
  AdmissionRequest other = PodRequest("");
  other.group = "example.com";
  for (const AdmissionRequest& request : {update, status, other}) {
    const AdmissionAnswer answer = Mutate(request, TestSettings());
    EXPECT_TRUE(answer.allowed);
    EXPECT_THAT(answer.patch, IsEmpty());
  }
}

TEST(MutateTest, APodThatCannotHaveOneIsLetThroughWithAWarning) {
  const AdmissionAnswer answer =
      Mutate(PodRequest(R"(, "hostNetwork": true)"), TestSettings());
  EXPECT_TRUE(answer.allowed);
  ASSERT_THAT(answer.warnings, SizeIs(1));
  EXPECT_THAT(answer.warnings[0], HasSubstr("node's network"));
}

TEST(MutateTest, AWrongAnnotationIsRefused) {
  AdmissionRequest request = PodRequest("");
  request.object.get_object()["metadata"] =
      Parsed(R"({"annotations": {"herald.dev/agents": "x"}})");
  const AdmissionAnswer answer = Mutate(request, TestSettings());
  EXPECT_FALSE(answer.allowed);
  EXPECT_THAT(answer.message, HasSubstr("'x' is not NAME=PORT"));
}

constexpr char kAgent[] = R"({
  "kind": "Agent",
  "metadata": {"name": "planner-0", "namespace": "claims",
               "ownerReferences": [{"apiVersion": "v1", "kind": "Pod",
                                    "name": "planner-0", "uid": "42"}]},
  "spec": {"identity": "spiffe://acme.example/ns/claims/sa/planner"}})";

AdmissionRequest AgentRequest() {
  return {.uid = "u",
          .group = "herald.dev",
          .kind = "Agent",
          .kubernetes_namespace = "claims",
          .operation = "CREATE",
          .user = {.name = "system:serviceaccount:claims:planner",
                   .groups = {"system:serviceaccounts"},
                   .extra = {{"authentication.kubernetes.io/pod-name",
                              {"planner-0"}},
                             {"authentication.kubernetes.io/pod-uid", {"42"}}}},
          .object = Parsed(kAgent)};
}

std::string WhyNot(const AdmissionRequest& request) {
  const AdmissionAnswer answer = Validate(request, TestSettings());
  return answer.allowed ? "allowed" : answer.message;
}

TEST(AgentGuardTest, APodWritesItsOwnAgent) {
  EXPECT_EQ(WhyNot(AgentRequest()), "allowed");
}

TEST(AgentGuardTest, NobodyElseDoes) {
  AdmissionRequest person = AgentRequest();
  person.user = {.name = "mallory", .groups = {"system:authenticated"}};
  EXPECT_THAT(WhyNot(person), HasSubstr("mallory is no service account"));

  AdmissionRequest unbound = AgentRequest();
  unbound.user.extra.clear();
  EXPECT_THAT(WhyNot(unbound), HasSubstr("bound to no pod"));

  AdmissionRequest other_pod = AgentRequest();
  other_pod.user.extra["authentication.kubernetes.io/pod-name"] = {"log-0"};
  EXPECT_THAT(WhyNot(other_pod), HasSubstr("may write Agent log-0, not "
                                           "'planner-0'"));

  AdmissionRequest earlier_pod = AgentRequest();
  earlier_pod.user.extra["authentication.kubernetes.io/pod-uid"] = {"41"};
  EXPECT_THAT(WhyNot(earlier_pod), HasSubstr("with uid 41"));

  AdmissionRequest elsewhere = AgentRequest();
  elsewhere.user.name = "system:serviceaccount:other:planner";
  EXPECT_THAT(WhyNot(elsewhere), HasSubstr("of its own only"));

  AdmissionRequest account = AgentRequest();
  account.user.name = "system:serviceaccount:claims:other";
  EXPECT_THAT(WhyNot(account),
              HasSubstr("the writer is "
                        "spiffe://acme.example/ns/claims/sa/other"));
}

TEST(AgentGuardTest, AnAgentGoesWithItsPodAndWithNothingElse) {
  AdmissionRequest orphan = AgentRequest();
  orphan.object.get_object()["metadata"].get_object().erase("ownerReferences");
  EXPECT_THAT(WhyNot(orphan), HasSubstr("its only owner must be Pod"));
  AdmissionRequest two = AgentRequest();
  json::Array& owners = two.object.get_object()["metadata"]
                            .get_object()["ownerReferences"]
                            .get_array();
  owners.push_back(json::Value(owners[0]));
  EXPECT_THAT(WhyNot(two), HasSubstr("its only owner must be Pod"));
}

TEST(AgentGuardTest, ItsStatusIsGuardedToo) {
  AdmissionRequest request = AgentRequest();
  request.subresource = "status";
  request.operation = "UPDATE";
  EXPECT_EQ(WhyNot(request), "allowed");
  request.user.name = "mallory";
  EXPECT_NE(WhyNot(request), "allowed");
}

TEST(AgentGuardTest, AdministratorsWriteEveryAgent) {
  AdmissionRequest request = AgentRequest();
  request.user = {.name = "ops", .groups = {"x", "platform"}};
  EXPECT_EQ(WhyNot(request), "allowed");
}

AdmissionRequest PolicyRequest(const std::string& rules) {
  return {.uid = "u",
          .group = "herald.dev",
          .kind = "RoutingPolicy",
          .kubernetes_namespace = "claims",
          .operation = "UPDATE",
          .object = Parsed(R"({"apiVersion": "herald.dev/v1alpha1",
             "kind": "RoutingPolicy",
             "metadata": {"name": "p", "namespace": "claims", "uid": "1",
                          "managedFields": [{"manager": "kubectl"}]},
             "spec": {"rules": )" +
                           rules + "}}")};
}

TEST(PolicyReviewTest, AGoodPolicyPasses) {
  const AdmissionAnswer answer = Validate(
      PolicyRequest(R"([{"id": "a", "effect": "Permit", "covers": ["personal"],
                         "where": {"process": {"countries": {"in": ["SOME_SET"]}}}}])"),
      TestSettings());
  EXPECT_TRUE(answer.allowed) << answer.message;
}

TEST(PolicyReviewTest, AnErrorIsRefusedWithLineAndColumn) {
  const std::string rules = R"([{"id": "a", "efect": "Permit"}])";
  const AdmissionAnswer answer = Validate(PolicyRequest(rules), TestSettings());
  EXPECT_FALSE(answer.allowed);
  EXPECT_THAT(answer.message, HasSubstr("RoutingPolicy/claims/p:8:5: error: a "
                                        "rule needs 'effect'"));
  Settings warns = TestSettings();
  warns.policies.refuse = false;
  const AdmissionAnswer told = Validate(PolicyRequest(rules), warns);
  EXPECT_TRUE(told.allowed);
  EXPECT_THAT(told.warnings, testing::Not(IsEmpty()));
}

TEST(PolicyReviewTest, ItsStatusIsNotJudged) {
  AdmissionRequest request = PolicyRequest(R"([{"efect": 1}])");
  request.subresource = "status";
  EXPECT_TRUE(Validate(request, TestSettings()).allowed);
}

}  // namespace
}  // namespace herald::injector
