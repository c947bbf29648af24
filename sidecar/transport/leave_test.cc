// SPDX-License-Identifier: Apache-2.0
//
// How a server lets peers go: told ahead of a drain, replaced after a renewal,
// finished when their certificate ends, cut off when trust is withdrawn.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/transport/server.h"
#include "sidecar/transport/test_pair.h"

namespace herald::transport {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

void Answer(RecordingHandler::Call& call) {
  call.ear.stream->SendResponse({.status = 200}, true);
}

void Review(TestPair& pair, int times) {
  for (int i = 0; i < times; ++i) {
    pair.server->Review(pair.loop.WallNow());
    pair.loop.RunFor(seconds(1));
  }
}

TEST(LeaveTest, PeersAreToldOurLoadUnasked) {
  TestPair pair;
  pair.report = [] { return std::string("draining"); };
  ASSERT_TRUE(pair.Up());
  pair.loop.RunFor(milliseconds(100));
  const Duration notice = pair.server->TellLoad();
  EXPECT_GT(notice, Duration(0));
  EXPECT_LT(notice, seconds(1));
  pair.loop.RunFor(notice);
  EXPECT_THAT(pair.client.reports, ::testing::ElementsAre("draining"));
}

TEST(LeaveTest, WhereNobodyIsConnectedNobodyNeedsNotice) {
  TestPair pair;
  pair.Start();
  EXPECT_EQ(pair.server->TellLoad(), Duration(0));
}

TEST(LeaveTest, AfterARenewalConnectionsAreReplacedAndTheirCallsFinished) {
  TestPair pair;
  ASSERT_TRUE(pair.Up());
  auto open = pair.Open(TestPair::Get("/slow"), true);
  Review(pair, 10);
  EXPECT_FALSE(pair.client.link->draining()) << "nothing was renewed";
  ASSERT_TRUE(pair.tls_b->Replace(pair.pki.Make(kSummarizer)).ok());
  Review(pair, 5);
  ASSERT_NE(pair.client.link, nullptr);
  EXPECT_TRUE(pair.client.link->draining());
  Answer(*pair.handler.calls[0]);
  pair.loop.RunFor(seconds(1));
  EXPECT_EQ(open->heads.size(), 1u);
}

TEST(LeaveTest, WhosePeersCertificateHasEndedIsLetFinish) {
  TestPair pair;
  auto pem = pair.pki.Issue(test::LeafOptions{
      .uris = {kPlanner}, .not_after = test::FakeLoop::kEpoch + seconds(20)});
  pair.client_identity = *net::Identity::FromPem(
      pem, {"c", "k", "t"}, WallTime(test::FakeLoop::kEpoch));
  ASSERT_TRUE(pair.Up());
  auto open = pair.Open(TestPair::Get("/slow"), true);
  Review(pair, 10);
  EXPECT_FALSE(pair.client.link->draining());
  Review(pair, 12);
  ASSERT_NE(pair.client.link, nullptr);
  EXPECT_TRUE(pair.client.link->draining());
  Answer(*pair.handler.calls[0]);
  pair.loop.RunFor(seconds(1));
  EXPECT_EQ(open->heads.size(), 1u);
}

TEST(LeaveTest, WhoIsTrustedNoMoreIsCutOff) {
  TestPair pair;
  ASSERT_TRUE(pair.Up());
  const test::TestPki other;
  ASSERT_TRUE(pair.tls_b->Replace(other.Make(kSummarizer)).ok());
  Review(pair, 1);
  EXPECT_EQ(pair.client.link, nullptr);
  EXPECT_THAT(pair.client.why, HasSubstr("closed by the peer"));
}

TEST(LeaveTest, ATrustThatGrewCutsNobodyOff) {
  TestPair pair;
  ASSERT_TRUE(pair.Up());
  const test::TestPki other;
  net::IdentityFiles pem = pair.pki.Issue(kSummarizer);
  pem.trust += other.root_pem();
  auto wider =
      net::Identity::FromPem(pem, {"c", "k", "t"}, pair.loop.WallNow());
  ASSERT_TRUE(pair.tls_b->Replace(*wider).ok());
  pair.server->Review(pair.loop.WallNow());
  pair.loop.RunFor(milliseconds(1));
  EXPECT_NE(pair.client.link, nullptr);
}

}  // namespace
}  // namespace herald::transport
