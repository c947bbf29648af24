// SPDX-License-Identifier: Apache-2.0
//
// A peer whose UDP does not pass: TCP stands in, and QUIC takes over again. In
// virtual time; what TCP really does is in stream_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "sidecar/transport/peer_pool.h"
#include "sidecar/transport/test_pair.h"

namespace herald::transport {
namespace {

using routing::Link;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using Call = RecordingHandler::Call;

struct Events final : call::PeerEvents {
  void OnLink(const discovery::Endpoint&, Link link) override {
    links.push_back(link);
  }
  void OnRtt(const discovery::Endpoint&, Duration smoothed, Duration) override {
    rtt = smoothed;
  }
  void OnProbe(const discovery::Endpoint&, const http::ResponseHead&,
               const std::string&) override {}
  std::vector<Link> links;
  Duration rtt{0};
};

// What a test sees of a fall-back, which may be gone.
struct Seen {
  FallBack* which = nullptr;
  bool ready = false;
  bool draining = false;
  bool gone = false;
  bool answers_probes = true;
  std::map<std::string, http::StreamEvents*> calls;  // by path
};

class FakeStream final : public http::Stream {
 public:
  FakeStream(std::shared_ptr<Seen> seen, std::string path)
      : seen_(std::move(seen)), path_(std::move(path)) {}
  ~FakeStream() override { seen_->calls.erase(path_); }
  void SendResponse(const http::ResponseHead&, bool) override {}
  void SendData(std::string_view, bool) override {}
  void SendTrailers(const http::Headers&) override {}
  void Cancel(http::Reset) override {}
  void Consume(size_t) override {}
  void SetEvents(http::StreamEvents*) override {}

 private:
  std::shared_ptr<Seen> seen_;
  std::string path_;
};

class FakeFallBack final : public FallBack {
 public:
  static constexpr Duration kRtt = milliseconds(6);
  FakeFallBack(EventLoop& loop, std::shared_ptr<Seen> seen)
      : loop_(loop), seen_(std::move(seen)) {
    seen_->which = this;
  }
  ~FakeFallBack() override {
    seen_->gone = true;
    for (auto& [path, events] : std::exchange(seen_->calls, {})) {
      events->OnReset(http::Reset::kLost);
    }
  }
  bool CanOpen() const override { return seen_->ready && !seen_->draining; }
  std::unique_ptr<http::Stream> Open(const http::RequestHead& head, bool,
                                     http::StreamEvents* events) override {
    seen_->calls[head.path] = events;
    if (head.path.rfind("/.herald", 0) == 0 && seen_->answers_probes) {
      loop_.RunAt(loop_.Now() + kRtt, [seen = seen_, path = head.path] {
        auto it = seen->calls.find(path);
        if (it != seen->calls.end())
          it->second->OnResponse({.status = 204}, true);
      });
    }
    return std::make_unique<FakeStream>(seen_, head.path);
  }
  size_t open_streams() const override { return seen_->calls.size(); }
  void Drain() override { seen_->draining = true; }

 private:
  EventLoop& loop_;
  std::shared_ptr<Seen> seen_;
};

struct FallBackTest : ::testing::Test {
  FallBackTest() {
    pair.handler.answer = [](Call& call) {
      call.ear.stream->SendResponse({.status = 200}, true);
    };
    pair.network.defaults().delay = milliseconds(4);
    endpoint->name = "summarizer-fra";
    endpoint->address = *Address::Parse(kServerAddress);
    endpoint->identity = kSummarizer;
    parts.fall_back = [this](const discovery::Endpoint&, FallBackEvents& to) {
      made.push_back(std::make_shared<Seen>());
      owner = &to;
      return std::make_unique<FakeFallBack>(pair.loop, made.back());
    };
    peer = std::make_unique<PeerConnection>(parts, options, endpoint);
  }
  void BlockUdp(bool blocked) { pair.network.defaults().cut = blocked; }
  std::unique_ptr<Ear> Open(const std::string& path) {
    auto ear = std::make_unique<Ear>();
    ear->stream = peer->Open(TestPair::Get(path), true, ear.get());
    return ear;
  }
  // TCP connects.
  void Ready() {
    made.back()->ready = true;
    owner->OnFallBackReady(*made.back()->which);
  }
  void FallBackNow() {
    BlockUdp(true);
    peer->Warm();
    pair.loop.RunUntil([&] { return !made.empty(); });
    Ready();
    pair.loop.RunFor(milliseconds(10));
  }
  struct Started : TestPair {
    Started() { Start(); }
  };
  Started pair;
  Random random{7};
  Events events;
  PoolOptions options;
  std::shared_ptr<discovery::Endpoint> endpoint =
      std::make_shared<discovery::Endpoint>();
  PoolParts parts{pair.loop, random,         *pair.endpoint_a, *pair.tls_a,
                  events,    pair.metrics_a, pair.log};
  std::vector<std::shared_ptr<Seen>> made;
  FallBackEvents* owner = nullptr;
  std::unique_ptr<PeerConnection> peer;
};

TEST_F(FallBackTest, PeerThatQuicReachesIsNotAskedOverTcp) {
  peer->Warm();
  pair.loop.RunFor(seconds(5));
  EXPECT_TRUE(made.empty());
}

TEST_F(FallBackTest, WaitingCallGoesOverTcpWhereUdpGetsNoAnswer) {
  BlockUdp(true);
  auto ear = Open("/call");
  Time from = pair.loop.Now();
  ASSERT_TRUE(pair.loop.RunUntil([&] { return !made.empty(); }));
  EXPECT_EQ(pair.loop.Now() - from, options.fall_back_after);
  Ready();
  pair.loop.RunFor(milliseconds(20));
  ASSERT_EQ(made[0]->calls.count("/call"), 1u);
  EXPECT_THAT(events.links, ElementsAre(Link::kConnecting, Link::kUp));
  EXPECT_EQ(events.rtt, FakeFallBack::kRtt);
  EXPECT_TRUE(peer->Describe().over_tcp);
  made[0]->calls["/call"]->OnResponse({.status = 200}, true);
  EXPECT_TRUE(ear->done());
}

TEST_F(FallBackTest, PeerStaysUpWhileQuicIsTriedInVain) {
  FallBackNow();
  pair.loop.RunFor(seconds(100));
  EXPECT_THAT(events.links, ElementsAre(Link::kConnecting, Link::kUp));
  EXPECT_EQ(made.size(), 1u);
}

TEST_F(FallBackTest, QuicTakesOverWhenItAnswersAndNoCallIsLost) {
  FallBackNow();
  auto before = Open("/before");
  ASSERT_EQ(made[0]->calls.count("/before"), 1u);
  BlockUdp(false);
  ASSERT_TRUE(
      pair.loop.RunUntil([&] { return made[0]->draining; }, seconds(35)));
  EXPECT_FALSE(made[0]->gone) << "it finishes what it has";
  EXPECT_FALSE(peer->Describe().over_tcp);
  auto after = Open("/after");
  ASSERT_TRUE(pair.loop.RunUntil([&] { return after->done(); }, seconds(1)));
  EXPECT_FALSE(after->reset);
  EXPECT_EQ(made[0]->calls.count("/after"), 0u);
  made[0]->calls["/before"]->OnResponse({.status = 200}, true);
  EXPECT_TRUE(before->done());
  EXPECT_FALSE(before->reset);
  made[0]->calls.clear();
  owner->OnFallBackOver(*made[0]->which, "drained");
  EXPECT_TRUE(made[0]->gone);
  EXPECT_EQ(events.links.back(), Link::kUp);
}

TEST_F(FallBackTest, SilentFallBackIsSuspectThenDownThenGivenUp) {
  FallBackNow();
  auto ear = Open("/call");
  pair.loop.RunFor(seconds(2));
  made[0]->answers_probes = false;
  pair.loop.RunUntil([&] { return events.links.back() == Link::kSuspect; },
                     seconds(6));
  Time suspect = pair.loop.Now();
  pair.loop.RunUntil([&] { return events.links.back() == Link::kDown; },
                     seconds(2));
  EXPECT_EQ(pair.loop.Now() - suspect, milliseconds(600));
  EXPECT_FALSE(ear->reset);
  pair.loop.RunUntil([&] { return made[0]->gone; }, seconds(5));
  EXPECT_EQ(pair.loop.Now() - suspect, milliseconds(2600));
  EXPECT_EQ(ear->reset, http::Reset::kLost);
}

TEST_F(FallBackTest, LostFallBackIsMadeAnew) {
  FallBackNow();
  owner->OnFallBackOver(*made[0]->which, "the connection is lost");
  pair.loop.RunFor(milliseconds(1));
  EXPECT_EQ(events.links.back(), Link::kDown);
  ASSERT_TRUE(pair.loop.RunUntil([&] { return made.size() == 2; }, seconds(9)));
  Ready();
  pair.loop.RunFor(milliseconds(10));
  EXPECT_EQ(events.links.back(), Link::kUp);
}

TEST_F(FallBackTest, WhereTcpIsRefusedTooTheCallWasNotSent) {
  BlockUdp(true);
  auto ear = Open("/call");
  pair.loop.RunUntil([&] { return !made.empty(); });
  owner->OnFallBackOver(*made[0]->which, "refused");
  ASSERT_TRUE(pair.loop.RunUntil([&] { return ear->done(); }, seconds(4)));
  EXPECT_EQ(ear->reset, http::Reset::kNotSent);
  pair.loop.RunFor(milliseconds(1));
  EXPECT_EQ(events.links.back(), Link::kDown);
}

}  // namespace
}  // namespace herald::transport
