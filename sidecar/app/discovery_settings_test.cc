// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/discovery_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/yaml/parse.h"

namespace herald::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string Resolve(const std::string& path) { return "etc/" + path; }

struct Parsed {
  DiscoverySettings discovery;
  PolicyPlaces policies;
  std::vector<std::string> issues;
};

Parsed Read(const std::string& text) {
  Parsed out;
  yaml::Problems problems("c.yaml", text);
  auto root = yaml::ParseOne(problems);
  if (root) {
    yaml::MapReader map(*root, problems, "the configuration");
    out.discovery = ReadDiscovery(map, Resolve);
    out.policies = ReadPolicyPlaces(map, Resolve);
  }
  for (const Issue& issue : problems.issues()) {
    out.issues.push_back(std::to_string(issue.at.line) + ": " + issue.text);
  }
  return out;
}

TEST(DiscoverySettingsTest, KeepsTheOrderOfSourcesOfSeveralKinds) {
  const Parsed read = Read(
      "discovery:\n- kubernetes: {}\n- file: peers.yaml\n"
      "- kubernetes: {kubeconfig: edge.kubeconfig}\n");
  EXPECT_THAT(read.issues, IsEmpty());
  const auto& sources = read.discovery.sources;
  ASSERT_THAT(sources, SizeIs(3));
  EXPECT_EQ(std::get<KubernetesSettings>(sources[0]).kubeconfig, "");
  EXPECT_EQ(std::get<NamedFile>(sources[1]).path, "etc/peers.yaml");
  EXPECT_EQ(std::get<KubernetesSettings>(sources[2]).kubeconfig,
            "etc/edge.kubeconfig");
  EXPECT_THAT(read.discovery.files(), SizeIs(1));
}

TEST(DiscoverySettingsTest, ReadsEveryKeyOfACluster) {
  const Parsed read = Read(
      "discovery:\n- kubernetes:\n    kubeconfig: k\n    context: edge\n"
      "    server: https://herald-directory.herald-system.svc:8443\n"
      "    trust: fleet.crt\n"
      "    namespaces: [claims, shared]\n    selector: team=claims\n"
      "    publish: false\n");
  EXPECT_THAT(read.issues, IsEmpty());
  const auto cluster = read.discovery.Of<KubernetesSettings>().at(0);
  EXPECT_EQ(cluster.context, "edge");
  EXPECT_EQ(cluster.server, "https://herald-directory.herald-system.svc:8443");
  EXPECT_EQ(cluster.trust, "etc/fleet.crt");
  EXPECT_THAT(cluster.namespaces, ElementsAre("claims", "shared"));
  EXPECT_EQ(cluster.selector, "team=claims");
  EXPECT_EQ(cluster.publish, false);
}

TEST(DiscoverySettingsTest, SaysWhatIsWrongWithACluster) {
  EXPECT_THAT(Read("discovery:\n- kubernetes: {context: edge}\n"
                   "- kubernetes: {server: \"http://10.0.0.1\"}\n"
                   "- kubernetes: {namespaces: []}\n"
                   "- kubernetes: {namespaces: [Claims, a, a]}\n"
                   "- kubernetes: {labels: a}\n"
                   "- {kubernetes: {}, file: peers.yaml}\n")
                  .issues,
              ElementsAre("2: 'context' is one of a 'kubeconfig'",
                          "3: 'http://10.0.0.1' is no https address",
                          "4: 'namespaces' is an empty list",
                          "5: 'Claims' is no namespace",
                          "5: 'a' stands twice in 'namespaces'",
                          "6: unknown key 'labels' in 'kubernetes'",
                          "7: a source of discovery is one thing"));
}

TEST(DiscoverySettingsTest, PoliciesComeFromFilesAndClusters) {
  const Parsed read = Read("policy: [policy.yaml, kubernetes: {}]\n");
  EXPECT_THAT(read.issues, IsEmpty());
  ASSERT_THAT(read.policies.files, SizeIs(1));
  EXPECT_EQ(read.policies.files[0].path, "etc/policy.yaml");
  EXPECT_THAT(read.policies.clusters, SizeIs(1));
}

TEST(DiscoverySettingsTest, OnlyAgentsArePublished) {
  EXPECT_THAT(Read("policy: [kubernetes: {publish: true}]\n").issues,
              ElementsAre(HasSubstr("unknown key 'publish'")));
}

}  // namespace
}  // namespace herald::app
