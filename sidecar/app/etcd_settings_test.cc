// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/etcd_settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/yaml/parse.h"

namespace herald::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct Read {
  EtcdSettings settings;
  Issues issues;
};

Read Of(const std::string& text) {
  yaml::Problems problems("c.yaml", text);
  Read out;
  auto root = yaml::ParseOne(problems);
  if (root) {
    out.settings = ReadEtcd(
        *root, problems, [](const std::string& path) { return "etc/" + path; });
  }
  out.issues = problems.issues();
  return out;
}

TEST(EtcdSettingsTest, ReadsAllThereIs) {
  const Read read =
      Of("{endpoints: [\"https://10.0.0.1:2379\", \"https://10.0.0.2:2379\"], "
         "prefix: /mesh/, trust: ca.crt, certificate: c.crt, key: c.key, "
         "user: herald, passwordFile: p, publish: false, ttl: 30s}");
  EXPECT_THAT(read.issues, IsEmpty()) << Render(read.issues);
  EXPECT_THAT(read.settings.endpoints,
              ElementsAre("https://10.0.0.1:2379", "https://10.0.0.2:2379"));
  EXPECT_EQ(read.settings.prefix, "/mesh/");
  EXPECT_EQ(read.settings.trust, "etc/ca.crt");
  EXPECT_EQ(read.settings.key, "etc/c.key");
  EXPECT_EQ(read.settings.password_file, "etc/p");
  EXPECT_FALSE(read.settings.publish);
  EXPECT_EQ(read.settings.ttl, std::chrono::seconds(30));
  EXPECT_EQ(NameOf(read.settings), "etcd https://10.0.0.1:2379");
}

TEST(EtcdSettingsTest, HasDefaults) {
  const Read read = Of("{endpoints: [\"http://127.0.0.1:2379\"]}");
  EXPECT_THAT(read.issues, IsEmpty()) << Render(read.issues);
  EXPECT_EQ(read.settings.prefix, "/herald/");
  EXPECT_TRUE(read.settings.publish);
  EXPECT_EQ(read.settings.ttl, std::chrono::seconds(15));
  EXPECT_EQ(read.settings.trust, "");
}

TEST(EtcdSettingsTest, SaysWhatIsWrong) {
  const std::string here = "endpoints: [\"https://10.0.0.1:2379\"]";
  auto fault = [](const std::string& text) { return Render(Of(text).issues); };
  EXPECT_THAT(fault("{}"), HasSubstr("endpoints"));
  EXPECT_THAT(fault("{endpoints: []}"), HasSubstr("an empty list"));
  EXPECT_THAT(fault("{endpoints: [\"10.0.0.1:2379\"]}"),
              HasSubstr("as in https://10.0.0.1:2379"));
  EXPECT_THAT(fault("{" + here + ", prefix: /mesh}"), HasSubstr("/mesh/"));
  EXPECT_THAT(fault("{" + here + ", certificate: c}"),
              HasSubstr("without 'key'"));
  EXPECT_THAT(fault("{" + here + ", user: u}"),
              HasSubstr("without 'passwordFile'"));
  EXPECT_THAT(fault("{" + here + ", ttl: 1s}"), HasSubstr("5s to 1h"));
  EXPECT_THAT(fault("{" + here + ", adress: x}"), HasSubstr("adress"));
}

TEST(EtcdSettingsTest, WarnsOfAPasswordInClear) {
  const Read read =
      Of("{endpoints: [\"http://h:1\"], user: u, passwordFile: p}");
  EXPECT_FALSE(HasErrors(read.issues));
  EXPECT_THAT(Render(read.issues), HasSubstr("shows the password"));
}

}  // namespace
}  // namespace herald::app
