// SPDX-License-Identifier: Apache-2.0
//
// A property: whatever the order of events, the relay holds at most one window
// a direction, gives credit once for each byte, and delivers each byte once
// and in order, also when the request moves to a second peer.
#include <gtest/gtest.h>

#include <algorithm>

#include "core/base/random.h"
#include "sidecar/call/relay.h"
#include "tests/support/fake_exchange.h"

namespace herald::call {
namespace {

constexpr size_t kWindow = 1000;
constexpr size_t kRequest = 20'000;
constexpr size_t kResponse = 15'000;

class CreditWalk final : public RelayEvents {
 public:
  explicit CreditWalk(uint64_t seed) : random_(seed) {
    while (request_.size() < kRequest) {
      request_ += static_cast<char>(random_.Next());
    }
    while (response_.size() < kResponse) {
      response_ += static_cast<char>(random_.Next());
    }
    relay_ = std::make_unique<Relay>(test::MakeFakeStream(in_), false, *this);
    Attach();
  }

  void Run() {
    for (int step = 0; step < 100'000 && !ended_; ++step) {
      Step();
      ASSERT_LE(in_->owed(), kWindow);
      ASSERT_LE(out_->owed(), kWindow);
      // What a second peer must be sent again was credited before.
      ASSERT_LE(out_->unsent(), kWindow + replayed_);
      ASSERT_LE(in_->unsent(), kWindow);
    }
    EXPECT_TRUE(ended_);
    EXPECT_EQ(out_->body(), request_);
    EXPECT_EQ(in_->body(), response_);
    EXPECT_TRUE(out_->ended() && in_->ended());
  }
  int moves() const { return moves_; }

 private:
  void Step() {
    switch (random_.Below(5)) {
      case 0:
        return Play(*in_, request_, asked_);
      case 1:
        if (out_->unsent() > 0) out_->Sent(1 + random_.Below(out_->unsent()));
        return;
      case 2:
        if (!headed_ && random_.Chance(0.01)) {
          headed_ = true;
          out_->Response(200, false);
        }
        // The last byte goes only after the request ended, so that this is
        // not an early answer.
        if (headed_ && (asked_ == kRequest || answered_ < kResponse / 2)) {
          Play(*out_, response_, answered_);
        }
        return;
      case 3:
        if (in_->unsent() > 0) in_->Sent(1 + random_.Below(in_->unsent()));
        return;
      case 4:
        if (!headed_ && moves_ < 3 && random_.Chance(0.02)) Move();
        return;
    }
  }

  // The far end sends some more, as far as the window goes.
  void Play(test::FarEnd& far, const std::string& text, size_t& done) {
    size_t room = std::min(kWindow - far.owed(), text.size() - done);
    if (room == 0) return;
    size_t n = 1 + random_.Below(room);
    done += n;
    far.Data(std::string_view(text).substr(done - n, n), done == text.size());
  }
  void Move() {
    out_->Reset(http::Reset::kRefused);
    ++moves_;
    replayed_ = in_->credit();
    Attach();
  }
  void Attach() {
    out_ = std::make_shared<test::FarEnd>(/*server=*/false);
    out_->Listen(relay_->out_events());
    relay_->Attach(test::MakeFakeStream(out_));
  }

  bool OnResponseHead(http::ResponseHead&) override { return true; }
  void OnOutFailed(http::Reset) override {}
  void OnRelayEnd(RelayEnd end) override {
    EXPECT_EQ(end, RelayEnd::kComplete);
    ended_ = true;
  }

  Random random_;
  std::string request_;
  std::string response_;
  std::shared_ptr<test::FarEnd> in_ =
      std::make_shared<test::FarEnd>(/*server=*/true);
  std::shared_ptr<test::FarEnd> out_;
  std::unique_ptr<Relay> relay_;
  size_t asked_ = 0;
  size_t answered_ = 0;
  bool headed_ = false;
  bool ended_ = false;
  int moves_ = 0;
  size_t replayed_ = 0;
};

TEST(RelayCreditTest, NeverMoreThanAWindowIsHeldInAnyOrderOfEvents) {
  int moves = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    CreditWalk walk(seed);
    walk.Run();
    moves += walk.moves();
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(moves, 10);  // the property was tried with moves, too
}

}  // namespace
}  // namespace herald::call
