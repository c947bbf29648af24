// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/check_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/crypto/authority.h"
#include "tests/support/temporary_folder.h"

namespace herald::app {
namespace {

using testing::HasSubstr;

const WallTime kNow = WallTime(std::chrono::seconds(1767225600));  // 2026

const char kConfig[] = R"(node: {name: planner-0}
identity: {certificate: a.crt, key: a.key, trust: ca.crt}
discovery: [{file: peers.yaml}]
policy: [policy.yaml]
)";
const char kPeers[] = R"(peers:
- {name: fra, address: 10.0.0.1:1, identity: spiffe://acme.example/s, site: {country: DE}}
)";
const char kPolicy[] = R"(apiVersion: herald.dev/v1alpha1
kind: ClusterRoutingPolicy
metadata: {name: demo}
spec:
  rules:
  - {id: plain, effect: Permit, covers: [unlabelled]}
)";

// A folder with a configuration that is good until the test spoils it.
class CheckConfigTest : public testing::Test {
 protected:
  CheckConfigTest() {
    const auto root = *crypto::MakeAuthority("acme.example", kNow);
    const auto leaf = *crypto::IssueLeaf(
        root, *SpiffeId::Parse("spiffe://acme.example/planner"), kNow);
    folder_.Write("ca.crt", root.certificate);
    folder_.Write("a.crt", leaf.certificate);
    folder_.Write("a.key", leaf.key);
    folder_.Write("c.yaml", kConfig);
    folder_.Write("peers.yaml", kPeers);
    folder_.Write("policy.yaml", kPolicy);
  }

  CheckedConfig Check(WallTime now = kNow) {
    return CheckConfig(folder_ / "c.yaml", now);
  }

  // All issues, with the folder's name taken out.
  std::string Issues(WallTime now = kNow) {
    std::string text = Render(Check(now).issues);
    const std::string prefix = folder_.path() + "/";
    for (size_t at; (at = text.find(prefix)) != std::string::npos;) {
      text.erase(at, prefix.size());
    }
    return text;
  }

  test::TemporaryFolder folder_;
};

TEST_F(CheckConfigTest, FindsNothingWrongWithGoodFiles) {
  EXPECT_EQ(Issues(), "");
  const CheckedConfig checked = Check();
  EXPECT_EQ(checked.identity, "spiffe://acme.example/planner");
  EXPECT_EQ(checked.peers, 1u);
  EXPECT_EQ(checked.policy_texts, 1u);
}

TEST_F(CheckConfigTest, SaysThatTheConfigurationIsMissing) {
  EXPECT_EQ(Render(CheckConfig("none.yaml", kNow).issues),
            "none.yaml: error: No such file or directory\n");
}

TEST_F(CheckConfigTest, ShowsEveryMissingFileWhereItIsNamed) {
  for (const char* name : {"a.key", "ca.crt", "peers.yaml", "policy.yaml"}) {
    std::filesystem::remove(folder_ / name);
  }
  const std::string issues = Issues();
  for (const char* part :
       {"c.yaml:2:37: error: a.key: No such file or directory\n    identity: ",
        "c.yaml:2:51: error: ca.crt: No such file",
        "c.yaml:3:20: error: peers.yaml: No such file",
        "c.yaml:4:10: error: policy.yaml: No such file"}) {
    EXPECT_THAT(issues, HasSubstr(part));
  }
}

TEST_F(CheckConfigTest, ReportsTheProblemsOfAllFilesAtOnce) {
  folder_.Write("c.yaml", std::string(kConfig) + "extra: 1\n");
  folder_.Write("peers.yaml", "peers: [{name: fra}]\n");
  folder_.Write("policy.yaml", "kind: Nonsense\n");
  folder_.Write("ca.crt", "nonsense");
  const std::string issues = Issues();
  for (const char* part :
       {"c.yaml:5:1: error: unknown key 'extra'",
        "c.yaml:2:51: error: ca.crt: ",
        "peers.yaml:1:9: error: a peer needs 'address'", "policy.yaml:1:"}) {
    EXPECT_THAT(issues, HasSubstr(part));
  }
}

TEST_F(CheckConfigTest, ReadsKubeconfigsAndWhatTheyName) {
  const std::string entry = "kubernetes: {kubeconfig: k, trust: fleet.crt}";
  folder_.Write("c.yaml",
                "node: {name: planner-0}\n"
                "identity: {certificate: a.crt, key: a.key, trust: ca.crt}\n"
                "discovery: [" +
                    entry +
                    "]\n"
                    "policy: [policy.yaml, kubernetes: {}]\n");
  EXPECT_THAT(
      Issues(),
      testing::AllOf(HasSubstr("c.yaml:3:25: error: k: No such file"),
                     HasSubstr("c.yaml:3:25: error: fleet.crt: No such file")));
  folder_.Write("fleet.crt", "roots");
  folder_.Write("k", "current-context: a\n");
  EXPECT_THAT(Issues(), HasSubstr("there is no context 'a' in 'contexts'"));
  folder_.Write("k",
                "current-context: a\n"
                "contexts: [{name: a, context: {cluster: c}}]\n"
                "clusters: [{name: c, cluster: {server: \"https://x:1\"}}]\n");
  EXPECT_EQ(Issues(), "");
}

TEST_F(CheckConfigTest, APodSaysWhoTheNodeIs) {
  folder_.Write("c.yaml",
                "identity: {certificate: a.crt, key: a.key, trust: ca.crt}\n"
                "policy: [policy.yaml]\n");
  EXPECT_THAT(Issues(), HasSubstr("needs 'node'"));
  EXPECT_EQ(
      Render(
          CheckConfig(folder_ / "c.yaml", kNow, {.name = "planner-0"}).issues),
      "");
}

TEST_F(CheckConfigTest, TellsAKeyThatIsNotTheCertificates) {
  const auto other = *crypto::MakeAuthority("acme.example", kNow);
  folder_.Write("a.key", other.key);
  EXPECT_THAT(Issues(), HasSubstr("c.yaml:2:37: error: a.key: "));
}

TEST_F(CheckConfigTest, TellsAnExpiredCertificateAndOneThatSoonIs) {
  EXPECT_THAT(Issues(kNow + std::chrono::hours(24 * 91)),
              HasSubstr("c.yaml:2:25: error: a.crt: "));
  EXPECT_EQ(Issues(kNow + std::chrono::hours(24 * 82)), "");
  const auto checked = Check(kNow + std::chrono::hours(24 * 84));
  EXPECT_FALSE(HasErrors(checked.issues));
  EXPECT_THAT(Render(checked.issues), HasSubstr("expires within a week"));
}

TEST_F(CheckConfigTest, WarnsOfPeersThatCannotBeTrusted) {
  folder_.Write("peers.yaml",
                "peers:\n- {name: x, address: 10.0.0.1:1, "
                "identity: spiffe://other.example/s}\n");
  EXPECT_EQ(Issues(),
            "peers.yaml: warning: peer 'x' is of trust domain "
            "other.example, which ours, acme.example, does not "
            "vouch for\n");
}

TEST_F(CheckConfigTest, WarnsOfCodesThatAreNoCountrys) {
  folder_.Write("peers.yaml",
                "peers:\n- {name: x, address: 10.0.0.1:1, "
                "identity: spiffe://acme.example/s, site: {country: UK}}\n");
  EXPECT_THAT(Issues(), HasSubstr("peers.yaml: warning: peer 'x': UK is no "
                                  "country's code, so no policy's set of "
                                  "countries has it; did you mean GB?"));
}

TEST_F(CheckConfigTest, TellsWhereASocketsFolderIsMissing) {
  folder_.Write("c.yaml", std::string(kConfig) +
                              "listen: {agents: [{address: "
                              "'unix:gone/agents.sock'}]}\n");
  EXPECT_THAT(Issues(), HasSubstr("c.yaml:5:"));
  EXPECT_THAT(Issues(), HasSubstr("gone: No such file"));
}

TEST_F(CheckConfigTest, WarnsWhereNoPolicyIsNamed) {
  folder_.Write("c.yaml",
                "node: {name: a}\n"
                "identity: {certificate: a.crt, key: a.key, trust: ca.crt}\n");
  EXPECT_EQ(Issues(),
            "c.yaml: warning: no policy is named: every call is refused\n");
}

TEST_F(CheckConfigTest, ReadsFoldersOfPolicies) {
  std::filesystem::create_directory(folder_ / "rules");
  folder_.Write("c.yaml",
                "node: {name: a}\n"
                "identity: {certificate: a.crt, key: a.key, trust: ca.crt}\n"
                "policy: [rules]\n");
  EXPECT_THAT(Issues(), HasSubstr("c.yaml:3:10: warning: rules holds no "
                                  "*.yaml or *.yml"));
  folder_.Write("rules/a.yml", kPolicy);
  EXPECT_EQ(Issues(), "");
  EXPECT_EQ(Check().policy_texts, 1u);
}

TEST_F(CheckConfigTest, WarnsOfAPeerInTwoFiles) {
  folder_.Write("more.yaml", kPeers);
  folder_.Write("c.yaml",
                "node: {name: a}\n"
                "identity: {certificate: a.crt, key: a.key, trust: ca.crt}\n"
                "discovery: [{file: peers.yaml}, {file: more.yaml}]\n"
                "policy: [policy.yaml]\n");
  EXPECT_EQ(Issues(),
            "more.yaml: warning: peer 'fra' also stands in "
            "peers.yaml, which counts\n");
}

}  // namespace
}  // namespace herald::app
