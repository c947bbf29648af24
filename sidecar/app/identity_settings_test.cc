// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/identity_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/yaml/parse.h"

namespace herald::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Read {
  IdentitySettings settings;
  std::vector<std::string> problems;
};

Read ReadText(const std::string& text, const std::string& environment = "") {
  Read out;
  yaml::Problems problems("c.yaml", text);
  auto root = yaml::ParseOne(problems);
  {
    yaml::MapReader map(*root, problems, "the configuration");
    out.settings = ReadIdentity(
        map, [](const std::string& path) { return "etc/" + path; },
        environment);
  }
  for (const Issue& issue : problems.issues()) {
    out.problems.push_back(issue.text);
  }
  return out;
}

TEST(IdentitySettingsTest, ThreeFilesAreThreeFiles) {
  const Read read =
      ReadText("identity: {certificate: a.crt, key: a.key, trust: ca.crt}\n");
  EXPECT_THAT(read.problems, IsEmpty());
  EXPECT_EQ(read.settings.files.certificate, "etc/a.crt");
  EXPECT_EQ(read.settings.files.key, "etc/a.key");
  EXPECT_EQ(read.settings.files.trust, "etc/ca.crt");
}

TEST(IdentitySettingsTest, ABundleIsCertificateAndKeyInOne) {
  const Read read = ReadText("identity: {bundle: a.pem, trust: ca.crt}\n");
  EXPECT_THAT(read.problems, IsEmpty());
  EXPECT_EQ(read.settings.files.certificate, "etc/a.pem");
  EXPECT_EQ(read.settings.files.key, "etc/a.pem");
  EXPECT_THAT(ReadText("identity: {bundle: a.pem}\n").problems,
              ElementsAre("'identity' needs 'trust'"));
}

TEST(IdentitySettingsTest, AWorkloadApiIsASocket) {
  const Read read = ReadText(
      "identity: {workloadApi: \"unix:/run/agent.sock\", hint: internal}\n",
      "unix:///elsewhere");
  EXPECT_THAT(read.problems, IsEmpty());
  EXPECT_EQ(read.settings.workload_api, "unix:/run/agent.sock");
  EXPECT_EQ(read.settings.hint, "internal");
}

TEST(IdentitySettingsTest, TheEnvironmentCountsWhereNothingElseIsSaid) {
  const char kSocket[] = "unix:///run/agent.sock";
  EXPECT_EQ(ReadText("{}\n", kSocket).settings.workload_api,
            "unix:/run/agent.sock");
  const Read hinted = ReadText("identity: {hint: internal}\n", kSocket);
  EXPECT_EQ(hinted.settings.workload_api, "unix:/run/agent.sock");
  EXPECT_EQ(hinted.settings.hint, "internal");
  EXPECT_EQ(ReadText("identity: {bundle: a.pem, trust: ca.crt}\n", kSocket)
                .settings.workload_api,
            "");
}

TEST(IdentitySettingsTest, SpiffesWayOfWritingAPlaceIsUnderstood) {
  EXPECT_EQ(*WorkloadApiUrl("unix:///run/agent.sock"), "unix:/run/agent.sock");
  EXPECT_EQ(*WorkloadApiUrl("unix:/run/agent.sock"), "unix:/run/agent.sock");
  EXPECT_EQ(*WorkloadApiUrl("tcp://127.0.0.1:8081"), "http://127.0.0.1:8081");
  EXPECT_THAT(Message(WorkloadApiUrl("unix:agent.sock").status()),
              HasSubstr("no absolute path"));
  EXPECT_FALSE(WorkloadApiUrl("unix:///").ok());
  EXPECT_FALSE(WorkloadApiUrl("/run/agent.sock").ok());
  EXPECT_FALSE(WorkloadApiUrl("https://127.0.0.1:1").ok());
}

TEST(IdentitySettingsTest, NothingAtAllAndTwoThingsAtOnceAreSaidSo) {
  EXPECT_THAT(ReadText("{}\n").problems,
              ElementsAre("the configuration needs 'identity'"));
  EXPECT_THAT(ReadText("identity: {}\n").problems,
              ElementsAre(HasSubstr("names no source")));
  EXPECT_THAT(
      ReadText("identity: {workloadApi: \"unix:/a\", key: a.key}\n").problems,
      ElementsAre(HasSubstr("both files and a Workload API")));
  EXPECT_THAT(
      ReadText("identity: {certificate: a, key: b, trust: c, hint: d}\n")
          .problems,
      ElementsAre(HasSubstr("unknown key 'hint'")));
}

}  // namespace
}  // namespace herald::app
