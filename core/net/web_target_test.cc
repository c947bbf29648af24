// SPDX-License-Identifier: Apache-2.0
#include "core/net/web_target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(WebTargetTest, AnHttpsUrlHasHostPortAndBase) {
  auto target = WebTarget::Parse("https://10.0.0.1:6443/k8s/clusters/c-1/");
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_TRUE(target->tls);
  EXPECT_EQ(target->host, "10.0.0.1");
  EXPECT_EQ(target->port, 6443);
  EXPECT_EQ(target->authority, "10.0.0.1:6443");
  EXPECT_EQ(target->base, "/k8s/clusters/c-1");
}

TEST(WebTargetTest, APortLeftOutIsTheSchemesOwn) {
  EXPECT_EQ(WebTarget::Parse("https://kubernetes.default.svc")->port, 443);
  EXPECT_EQ(WebTarget::Parse("http://etcd.example/")->port, 80);
  EXPECT_EQ(WebTarget::Parse("http://etcd.example/")->base, "");
}

TEST(WebTargetTest, AnIpv6AddressStandsInBrackets) {
  auto target = WebTarget::Parse("https://[fd00::1]:2379");
  ASSERT_TRUE(target.ok()) << target.status();
  EXPECT_EQ(target->host, "fd00::1");
  EXPECT_EQ(target->port, 2379);
  EXPECT_EQ(target->authority, "[fd00::1]:2379");
  EXPECT_EQ(WebTarget::Parse("http://[::1]")->port, 80);
}

TEST(WebTargetTest, AUnixSocketIsAPath) {
  auto target = WebTarget::Parse("unix:/run/spire/agent.sock");
  ASSERT_TRUE(target.ok()) << target.status();
  ASSERT_TRUE(target->unix_socket.has_value());
  EXPECT_EQ(target->unix_socket->path(), "/run/spire/agent.sock");
  EXPECT_FALSE(target->tls);
}

TEST(WebTargetTest, ErrorsQuoteTheTextAndSayWhatIsWrong) {
  auto error = [](std::string_view text) {
    auto target = WebTarget::Parse(text);
    return target.ok() ? "no error" : Message(target.status());
  };
  EXPECT_THAT(error("10.0.0.1:6443"), HasSubstr("'10.0.0.1:6443' begins with"));
  EXPECT_THAT(error("https://"), HasSubstr("names no host"));
  EXPECT_THAT(error("https://:443"), HasSubstr("names no host"));
  EXPECT_THAT(error("https://me:secret@host"), Not(HasSubstr("secret")));
  EXPECT_THAT(error("https://host:0"), HasSubstr("not a port"));
  EXPECT_THAT(error("https://host:65536"), HasSubstr("not a port"));
  EXPECT_THAT(error("https://host:"), HasSubstr("not a port"));
  EXPECT_THAT(error("https://[::1"), HasSubstr("without a ']'"));
  EXPECT_THAT(error("https://[::1]443"), HasSubstr("after ']'"));
  EXPECT_THAT(error("https://host/?a"), HasSubstr("query"));
  EXPECT_THAT(error("unix:"), HasSubstr("unix socket path"));
}

}  // namespace
}  // namespace herald::net
