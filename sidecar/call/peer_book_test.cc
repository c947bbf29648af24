// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/peer_book.h"

#include <gtest/gtest.h>

#include "sidecar/call/scene_testing.h"
#include "sidecar/routing/balancer.h"

namespace herald::call {
namespace {

using std::chrono::milliseconds;

class PeerBookTest : public testing::Test {
 protected:
  bool MayRepeat(std::string_view method, std::string_view path) {
    return book_.IsIdempotent(*peer_, "sum", method, path);
  }
  void Greet(const std::string& body) {
    book_.OnProbe(*peer_, {.status = 200}, body);
  }

  test::FakeLoop loop_;
  PeerBook book_{loop_};
  discovery::EndpointPtr peer_ =
      Peer("sum-de", "DE", {{.name = "sum", .idempotent = {"PUT /x"}}});
};

TEST_F(PeerBookTest, SafeMethodsMayBeRepeated) {
  EXPECT_TRUE(MayRepeat("GET", "/any"));
  EXPECT_FALSE(MayRepeat("POST", "/any"));
}

TEST_F(PeerBookTest, WhatDiscoveryDeclaresMayBeRepeated) {
  EXPECT_TRUE(MayRepeat("PUT", "/x?q"));
  EXPECT_FALSE(MayRepeat("PUT", "/y"));
}

TEST_F(PeerBookTest, WhatThePeerDeclaresOfThatAgentMayBeRepeated) {
  Greet(R"({"agents":[{"name":"sum","idempotent":["POST /s*"]},)"
        R"({"name":"other","idempotent":["POST /o*"]}]})");
  EXPECT_TRUE(MayRepeat("POST", "/sum"));
  EXPECT_FALSE(MayRepeat("POST", "/other"));
}

TEST_F(PeerBookTest, AGreetingThatIsNoneChangesNothing) {
  Greet(R"({"agents":[{"name":"sum","idempotent":["POST /s"]}]})");
  Greet("nonsense");
  Greet("");
  EXPECT_TRUE(MayRepeat("POST", "/s"));
}

TEST_F(PeerBookTest, APeerThatIsGoneIsForgotten) {
  Greet(R"({"agents":[{"name":"sum","idempotent":["POST /s"]}]})");
  book_.Retain(discovery::Snapshot(1, {peer_}));
  EXPECT_TRUE(MayRepeat("POST", "/s"));
  book_.Retain(discovery::Snapshot());
  EXPECT_FALSE(MayRepeat("POST", "/s"));
}

TEST_F(PeerBookTest, OnlyThePeersThatChangedAreLookedAt) {
  Greet(R"({"agents":[{"name":"sum","idempotent":["POST /s"]}]})");
  const std::string other[] = {"other"};
  book_.Retain(discovery::Snapshot(), other);
  EXPECT_TRUE(MayRepeat("POST", "/s"));
  const std::string changed[] = {peer_->name};
  book_.Retain(discovery::Snapshot(1, {peer_}), changed);
  EXPECT_TRUE(MayRepeat("POST", "/s"));
  book_.Retain(discovery::Snapshot(), changed);
  EXPECT_FALSE(MayRepeat("POST", "/s"));
}

TEST_F(PeerBookTest, MeasurementsReachTheRoutingState) {
  book_.OnLink(*peer_, routing::Link::kUp);
  book_.OnRtt(*peer_, milliseconds(7), milliseconds(1));
  http::ResponseHead probe{.status = 204};
  probe.headers.Add(
      kContextHeader,
      Pack(ReplyContext{.load = {.limit = 99, .draining = true}}));
  book_.OnProbe(*peer_, probe, "");
  routing::PeerState& state = book_.State("sum-de");
  EXPECT_EQ(state.link(), routing::Link::kUp);
  EXPECT_EQ(state.measured_rtt(), milliseconds(7));
  EXPECT_EQ(state.limit(), 99u);
  EXPECT_TRUE(state.draining());
}

}  // namespace
}  // namespace herald::call
