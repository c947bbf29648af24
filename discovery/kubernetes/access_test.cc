// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/access.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace herald::kubernetes {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const char kConfig[] = R"(apiVersion: v1
kind: Config
preferences: {}
clusters:
- name: edge
  cluster:
    server: https://10.0.0.1:6443
    certificate-authority: ca.crt
- name: cloud
  cluster:
    server: https://cloud.example:6443
    certificate-authority-data: cm9vdHM=
    tls-server-name: kubernetes
users:
- name: cert
  user: {client-certificate: a.crt, client-key: /keys/a.key}
- name: token
  user: {token: abc}
- name: file
  user: {tokenFile: token, token: old}
- name: program
  user: {exec: {command: aws}}
contexts:
- name: edge
  context: {cluster: edge, user: cert, namespace: claims}
- name: cloud
  context: {cluster: cloud, user: token}
- name: file
  context: {cluster: cloud, user: file}
- name: program
  context: {cluster: edge, user: program}
- name: nobody
  context: {cluster: nowhere, user: nobody}
current-context: edge
)";

class AccessTest : public testing::Test {
 protected:
  StatusOr<Access> Read(const std::string& context = "",
                        const std::string& text = kConfig) {
    return ReadKubeconfig("etc/kubeconfig", text, context, read_);
  }

  std::map<std::string, std::string> files_ = {{"etc/ca.crt", "roots"},
                                               {"etc/a.crt", "certificate"},
                                               {"/keys/a.key", "key"},
                                               {"etc/token", "t1\n"}};
  ReadFile read_ = [this](const std::string& path) -> StatusOr<std::string> {
    auto found = files_.find(path);
    if (found != files_.end()) return found->second;
    return Unavailable(path + ": No such file or directory");
  };
};

TEST_F(AccessTest, ReadsTheCurrentContext) {
  auto access = Read();
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ(access->server, "https://10.0.0.1:6443");
  EXPECT_EQ(access->trust.text, "roots");
  EXPECT_EQ(access->trust.name, "etc/ca.crt");
  EXPECT_EQ(access->certificate.text, "certificate");
  EXPECT_EQ(access->key.text, "key");
  EXPECT_EQ(access->space, "claims");
  EXPECT_EQ(TokenOf(*access, read_), nullptr);
}

TEST_F(AccessTest, ReadsAnotherContextAndTextsInPlace) {
  auto access = Read("cloud");
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ(access->server, "https://cloud.example:6443");
  EXPECT_EQ(access->server_name, "kubernetes");
  EXPECT_EQ(access->trust.text, "roots");
  EXPECT_EQ(*TokenOf(*access, read_)(), "abc");
}

TEST_F(AccessTest, ATokensFileIsReadEachTime) {
  auto access = Read("file");
  ASSERT_TRUE(access.ok()) << access.status();
  auto token = TokenOf(*access, read_);
  EXPECT_EQ(*token(), "t1");
  files_["etc/token"] = "t2";
  EXPECT_EQ(*token(), "t2");
  files_["etc/token"] = "\n";
  EXPECT_FALSE(token().ok());
}

TEST_F(AccessTest, AProgramIsNotRunForACredential) {
  EXPECT_THAT(
      Message(Read("program").status()),
      AllOf(HasSubstr("etc/kubeconfig:2"), HasSubstr("'exec' is not supported"),
            HasSubstr("tokenFile")));
}

TEST_F(AccessTest, SaysWhatIsMissing) {
  EXPECT_THAT(
      Message(Read("nobody").status()),
      AllOf(HasSubstr("no cluster 'nowhere'"), HasSubstr("no user 'nobody'")));
  EXPECT_THAT(Message(Read("what").status()), HasSubstr("no context 'what'"));
  EXPECT_THAT(Message(Read("", "clusters: []").status()),
              HasSubstr("no context is current"));
  files_.clear();
  EXPECT_THAT(Message(Read().status()), HasSubstr("No such file"));
}

TEST_F(AccessTest, AnErrorShowsNoKey) {
  auto access = Read("a",
                     "users: [{name: u, user: {token: secret, exec: 1}}]\n"
                     "clusters: [{name: c, cluster: {server: x}}]\n"
                     "contexts: [{name: a, context: {cluster: c, "
                     "user: u}}]\n");
  EXPECT_THAT(Message(access.status()),
              AllOf(HasSubstr("'exec'"), HasSubstr("https://"),
                    Not(HasSubstr("secret"))));
}

TEST_F(AccessTest, VerifiesItsServer) {
  auto access = Read("a",
                     "clusters: [{name: c, cluster: {server: \"https://x\", "
                     "insecure-skip-tls-verify: true}}]\n"
                     "contexts: [{name: a, context: {cluster: c}}]\n");
  EXPECT_THAT(Message(access.status()),
              HasSubstr("'insecure-skip-tls-verify' is not supported"));
}

TEST_F(AccessTest, APodHasAnAccountOfItsOwn) {
  std::map<std::string, std::string> set;
  Environment environment =
      [&](const std::string& name) -> std::optional<std::string> {
    auto found = set.find(name);
    return found == set.end() ? std::nullopt : std::optional(found->second);
  };
  EXPECT_THAT(Message(ReadPodAccess(environment, read_).status()),
              HasSubstr("kubeconfig"));
  set = {{"KUBERNETES_SERVICE_HOST", "fd00::1"},
         {"KUBERNETES_SERVICE_PORT", "6443"},
         {"POD_NAME", "planner-0"},
         {"POD_UID", "u1"}};
  const std::string folder = "/var/run/secrets/kubernetes.io/serviceaccount/";
  files_[folder + "ca.crt"] = "roots";
  files_[folder + "token"] = "t";
  files_[folder + "namespace"] = "claims";
  auto access = ReadPodAccess(environment, read_);
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_EQ(access->server, "https://[fd00::1]:6443");
  EXPECT_EQ(access->trust.text, "roots");
  EXPECT_EQ(access->space, "claims");
  EXPECT_EQ(*TokenOf(*access, read_)(), "t");
  EXPECT_EQ(ReadPod(environment).name, "planner-0");
  EXPECT_EQ(ReadPod(environment).uid, "u1");
  EXPECT_EQ(ReadPod(environment).ip, "");
}

}  // namespace
}  // namespace herald::kubernetes
