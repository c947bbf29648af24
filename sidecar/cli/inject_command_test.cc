// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/inject_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "tests/support/temporary_folder.h"

namespace herald::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kDeployment[] = R"(# comments go
apiVersion: apps/v1
kind: Deployment
metadata:
  name: planner
  namespace: claims
spec:
  template:
    metadata:
      annotations:
        herald.dev/agents: planner=8080
    spec:
      containers:
      - name: agent
        image: planner:1
)";

class InjectCommandTest : public testing::Test {
 protected:
  int Do(const std::string& text) {
    out_.str("");
    err_.str("");
    args_.file = folder_.Write("pod.yaml", text);
    std::istringstream none;
    return Inject(args_, none, out_, err_);
  }

  test::TemporaryFolder folder_;
  InjectArguments args_{.image = "herald:1"};
  std::ostringstream out_, err_;
};

TEST_F(InjectCommandTest, ADeploymentsPodsGetASidecar) {
  ASSERT_EQ(Do(kDeployment), kFine) << err_.str();
  EXPECT_EQ(err_.str(), "");
  EXPECT_THAT(out_.str(), StartsWith("apiVersion: apps/v1\n"
                                     "kind: Deployment\n"
                                     "metadata:\n"
                                     "  name: planner\n"));
  EXPECT_THAT(out_.str(), HasSubstr("      initContainers:\n"
                                    "      - name: herald\n"
                                    "        image: herald:1\n"));
  EXPECT_THAT(out_.str(), HasSubstr("        - name: HERALD_CONFIG\n"
                                    "          value: |\n"
                                    "            node: {}\n"));
}

TEST_F(InjectCommandTest, WhatItPrintsIsLeftAloneTheSecondTime) {
  ASSERT_EQ(Do(kDeployment), kFine);
  const std::string once = out_.str();
  ASSERT_EQ(Do(once), kFine);
  EXPECT_EQ(out_.str(), once);
  EXPECT_THAT(err_.str(), HasSubstr("Deployment planner is left alone: it has "
                                    "a sidecar"));
}

TEST_F(InjectCommandTest, EveryKindThatMakesPodsIsKnown) {
  const std::string pod = "{spec: {containers: [{name: a}]}}";
  for (const char* kind : {"StatefulSet", "DaemonSet", "ReplicaSet", "Job",
                           "ReplicationController"}) {
    ASSERT_EQ(
        Do(std::string("kind: ") + kind + "\nspec: {template: " + pod + "}\n"),
        kFine);
    EXPECT_THAT(out_.str(), HasSubstr("name: herald\n")) << kind;
  }
  ASSERT_EQ(Do("kind: CronJob\nspec: {jobTemplate: {spec: {template: " + pod +
               "}}}\n"),
            kFine);
  EXPECT_THAT(out_.str(), HasSubstr("name: herald\n"));
  ASSERT_EQ(Do("kind: List\nitems: [{kind: Service}, {kind: Pod, spec: "
               "{containers: [{name: a}]}}]\n"),
            kFine);
  EXPECT_THAT(out_.str(), HasSubstr("name: herald\n"));
}

TEST_F(InjectCommandTest, OtherDocumentsPassAsTheyAre) {
  ASSERT_EQ(Do("kind: Service\nmetadata: {name: a}\n---\nkind: ConfigMap\n"
               "data: {x: \"yes\", mode: 0644}\n"),
            kFine);
  EXPECT_EQ(out_.str(),
            "kind: Service\nmetadata:\n  name: a\n---\nkind: ConfigMap\n"
            "data:\n  x: \"yes\"\n  mode: 420\n");
  EXPECT_THAT(err_.str(), HasSubstr("there is no pod in it"));
}

TEST_F(InjectCommandTest, JsonComesBackAsJson) {
  ASSERT_EQ(Do(R"({"kind": "Pod", "spec": {"containers": [{"name": "a"}]}})"),
            kFine);
  EXPECT_THAT(out_.str(), StartsWith("{\n  \"kind\": \"Pod\","));
  args_.output = "yaml";
  ASSERT_EQ(Do(R"({"kind": "Pod", "spec": {"containers": [{"name": "a"}]}})"),
            kFine);
  EXPECT_THAT(out_.str(), StartsWith("kind: Pod\n"));
}

TEST_F(InjectCommandTest, AProblemHasItsLineAndNothingIsPrinted) {
  std::string text = kDeployment;
  text.replace(text.find("planner=8080"), 12, "planner=none");
  EXPECT_EQ(Do(text), kUnusable);
  EXPECT_EQ(out_.str(), "");
  EXPECT_THAT(err_.str(), HasSubstr("pod.yaml:11:28: error: Deployment "
                                    "planner: metadata/annotations/"));
  EXPECT_THAT(err_.str(), HasSubstr("'planner=none' is not NAME=PORT"));
  EXPECT_EQ(Do("kind: Pod\nspec:\n  containers: none\n"), kUnusable);
  EXPECT_THAT(err_.str(), HasSubstr("pod.yaml:3:15: error: Pod without a name: "
                                    "spec/containers must be a list"));
  EXPECT_EQ(Do("kind: Job\n"), kUnusable);
  EXPECT_EQ(Do("kind: [\n"), kUnusable);
  EXPECT_THAT(err_.str(), HasSubstr("not YAML"));
  EXPECT_EQ(Do("- a\n"), kUnusable);
}

TEST_F(InjectCommandTest, ReadsStandardInput) {
  args_.file = "-";
  std::istringstream in(kDeployment);
  EXPECT_EQ(Inject(args_, in, out_, err_), kFine);
  EXPECT_THAT(out_.str(), HasSubstr("name: herald\n"));
}

TEST_F(InjectCommandTest, TheSettingsAreCheckedAsTheSidecarWillReadThem) {
  args_.settings = folder_.Write("injector.yaml",
                                 "trustDomain: acme.example\n"
                                 "sidecar:\n"
                                 "  image: herald:2\n"
                                 "  identity: {secret: s}\n"
                                 "  configuration: {polices: []}\n");
  EXPECT_EQ(Do(kDeployment), kUnusable);
  EXPECT_THAT(err_.str(), HasSubstr("unknown key 'polices'"));
  args_.settings = folder_.Write("injector.yaml",
                                 "trustDomain: acme.example\n"
                                 "sidecar:\n"
                                 "  image: herald:2\n"
                                 "  identity: {secret: s}\n");
  args_.image = "";
  EXPECT_EQ(Do(kDeployment), kFine) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("image: herald:2\n"));
}

TEST_F(InjectCommandTest, AnImageIsNeeded) {
  args_.image = "";
  EXPECT_EQ(Do(kDeployment), kUnusable);
  EXPECT_THAT(err_.str(), HasSubstr("--settings"));
  EXPECT_THAT(err_.str(), Not(EndsWith("\n\n")));
}

}  // namespace
}  // namespace herald::cli
