// SPDX-License-Identifier: Apache-2.0
#include "sidecar/injector/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald::injector {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::SizeIs;

const char kLeast[] =
    "trustDomain: acme.example\n"
    "sidecar: {image: herald, identity: {secret: \"s\"}}\n";

std::vector<std::string> IssuesOf(const std::string& text) {
  std::vector<std::string> out;
  for (const Issue& issue : ParseSettings("i.yaml", text).issues) {
    out.push_back(std::to_string(issue.at.line) + ":" +
                  std::to_string(issue.at.column) + " " + issue.text);
  }
  return out;
}

TEST(SettingsTest, HasDefaultsForWhatIsLeftOut) {
  const auto [settings, issues] = ParseSettings("i.yaml", kLeast);
  EXPECT_THAT(issues, IsEmpty()) << Render(issues);
  EXPECT_EQ(settings.trust_domain, "acme.example");
  EXPECT_EQ(settings.listen.ToString(), "0.0.0.0:8443");
  EXPECT_EQ(settings.sidecar.pull_policy, "IfNotPresent");
  EXPECT_EQ(json::Serialize(settings.sidecar.resources),
            R"({"requests":{"cpu":"10m","memory":"16Mi"},)"
            R"("limits":{"memory":"128Mi"}})");
  EXPECT_EQ(
      json::Serialize(settings.sidecar.configuration),
      R"({"discovery":[{"kubernetes":{}}],"policy":[{"kubernetes":{}}]})");
  EXPECT_THAT(
      settings.guard.admins,
      ElementsAre("system:masters", "system:serviceaccounts:kube-system"));
  EXPECT_TRUE(settings.policies.refuse);
}

TEST(SettingsTest, ReadsWhatAPlatformTeamWrites) {
  const auto [settings, issues] = ParseSettings("etc/i.yaml", R"(
trustDomain: acme.example
listen: 127.0.0.1:9443
certificate: tls/tls.crt
key: tls/tls.key
sidecar:
  image: registry.example/herald:1
  imagePullPolicy: Always
  resources: {requests: {cpu: 50m}}
  tokenAudience: herald
  files: [{secret: edge}, {configMap: peers}]
  identity:
    csi: {driver: csi.spiffe.io, attributes: {a/b: "{namespace}"}}
  configuration:
    identity: {workloadApi: "unix:/run/secrets/herald/agent.sock"}
sites:
- namespaces: [claims, edge-*]
  nodeSelector: {topology.kubernetes.io/region: eu-central}
  site: {country: DE, tier: NearEdge, operatorControl: [DE]}
guard: {admins: [platform], policies: warn}
)");
  EXPECT_THAT(issues, IsEmpty()) << Render(issues);
  EXPECT_EQ(settings.certificate, "etc/tls/tls.crt");
  EXPECT_EQ(settings.sidecar.pull_policy, "Always");
  EXPECT_EQ(settings.sidecar.identity.driver, "csi.spiffe.io");
  EXPECT_THAT(settings.sidecar.identity.attributes,
              ElementsAre(Pair("a/b", "{namespace}")));
  ASSERT_THAT(settings.sidecar.files, SizeIs(2));
  EXPECT_TRUE(settings.sidecar.files[0].secret);
  EXPECT_EQ(settings.sidecar.files[1].name, "peers");
  ASSERT_THAT(settings.sites, SizeIs(1));
  EXPECT_EQ(json::Serialize(settings.sites[0].site),
            R"({"country":"DE","tier":"NearEdge","operatorControl":["DE"]})");
  EXPECT_FALSE(settings.policies.refuse);
}

TEST(SettingsTest, SaysWhereAProblemStands) {
  EXPECT_THAT(IssuesOf(std::string(kLeast) + "sights: []\n"),
              Contains(HasSubstr("3:1 unknown key 'sights'")));
  EXPECT_THAT(
      IssuesOf(std::string(kLeast) + "sites: [{site: {country: Germany}}]\n"),
      Contains(HasSubstr("3:26 'Germany' is no country code")));
  EXPECT_THAT(IssuesOf("trustDomain: a/b\nsidecar: {image: h, identity: {}}"),
              ElementsAre("1:14 'a/b' is no trust domain",
                          "2:31 'identity' is either 'secret' or 'csi'"));
}

TEST(SettingsTest, FilesAreOfASecretOrOfAConfigMap) {
  for (const char* files : {"{}", "{secret: a, configMap: b}"}) {
    EXPECT_THAT(IssuesOf("trustDomain: acme.example\n"
                         "sidecar: {image: h, identity: {secret: s}, files: [" +
                         std::string(files) + "]}\n"),
                ElementsAre(HasSubstr("either a 'secret' or a 'configMap'")));
  }
}

TEST(SettingsTest, WhatDiffersFromPodToPodIsNotTheTemplates) {
  EXPECT_THAT(IssuesOf("trustDomain: acme.example\n"
                       "sidecar:\n"
                       "  image: herald\n"
                       "  identity: {secret: s}\n"
                       "  configuration: {agents: [], node: {name: a}}\n"),
              ElementsAre("5:27 agents are told by each pod",
                          "5:44 a sidecar in a pod has the pod's name"));
}

}  // namespace
}  // namespace herald::injector
