// SPDX-License-Identifier: Apache-2.0
//
// The model of a stream keeps the contract of core/http/exchange.h: order,
// window, resets, and the loss of the road under it.
#include "tests/simulation/city/wire.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "tests/support/fake_loop.h"

namespace herald::simulation {
namespace {

using namespace std::chrono_literals;

struct Weather {
  bool cut = false;
  bool caller_lives = true;
};

class FakeWorld final : public RoadWorld {
 public:
  explicit FakeWorld(Weather& weather) : weather_(weather) {}
  bool Passes(End) const override { return !weather_.cut; }
  bool Lives(End end) const override {
    return end == End::kCallee || weather_.caller_lives;
  }
  Duration OneWay() const override { return 10ms; }

 private:
  Weather& weather_;
};

struct Listener final : http::StreamEvents {
  void OnResponse(http::ResponseHead head, bool end) override {
    status = head.status;
    ended = end;
  }
  void OnData(std::string_view data, bool end) override {
    text += data;
    ended = end;
  }
  void OnTrailers(http::Headers) override { ended = true; }
  void OnSent(size_t n) override { sent += n; }
  void OnReset(http::Reset why) override { reset = why; }

  int status = 0;
  std::string text;
  bool ended = false;
  size_t sent = 0;
  std::optional<http::Reset> reset;
};

class WireTest : public testing::Test {
 protected:
  void Open() {
    WaitingWire wire(loop_, &caller_, /*end=*/false,
                     [this](std::unique_ptr<http::Stream> stream, bool) {
                       theirs_ = std::move(stream);
                       theirs_->SetEvents(&callee_);
                     });
    ours_ = wire.TakeStream();
    wire.Begin(road_);
    loop_.RunFor(10ms);
  }

  test::FakeLoop loop_;
  Weather weather_;
  std::shared_ptr<Road> road_ =
      std::make_shared<Road>(loop_, std::make_unique<FakeWorld>(weather_));
  Listener caller_, callee_;
  std::unique_ptr<http::Stream> ours_, theirs_;
};

TEST_F(WireTest, CarriesBothWaysInOrderAndLate) {
  Open();
  ASSERT_NE(theirs_, nullptr);
  ours_->SendData("one ", false);
  ours_->SendData("two", true);
  loop_.RunFor(9ms);
  EXPECT_EQ(callee_.text, "");
  loop_.RunFor(1ms);
  EXPECT_EQ(callee_.text, "one two");
  EXPECT_TRUE(callee_.ended);
  theirs_->SendResponse({.status = 200}, true);
  loop_.RunFor(10ms);
  EXPECT_EQ(caller_.status, 200);
  EXPECT_EQ(caller_.sent, 7u) << "credit comes back";
}

TEST_F(WireTest, HandsOverAWindowAndNoMore) {
  Open();
  const size_t window = http::Limits{}.body_window;
  ours_->SendData(std::string(window + 5, 'x'), true);
  loop_.RunFor(50ms);
  EXPECT_EQ(callee_.text.size(), window);
  theirs_->Consume(5);
  loop_.RunFor(50ms);
  EXPECT_EQ(callee_.text.size(), window + 5);
}

TEST_F(WireTest, WhatIsSentIntoACutArrivesWhenItHeals) {
  Open();
  weather_.cut = true;
  ours_->SendData("late", true);
  loop_.RunFor(100ms);
  EXPECT_EQ(callee_.text, "");
  weather_.cut = false;
  road_->Resume();
  loop_.RunFor(10ms);
  EXPECT_EQ(callee_.text, "late");
}

TEST_F(WireTest, ALostRoadIsToldOnceAndCarriesNoMore) {
  Open();
  ours_->SendData("never", true);
  road_->Lose(End::kCaller);
  loop_.RunFor(50ms);
  EXPECT_EQ(caller_.reset, http::Reset::kLost);
  EXPECT_EQ(callee_.text, "");
  road_->Lose(End::kCallee);
  EXPECT_EQ(callee_.reset, http::Reset::kLost);
  EXPECT_EQ(road_->open_wires(), 0u);
}

TEST_F(WireTest, ADeadCallerIsHeardNoMore) {
  Open();
  weather_.caller_lives = false;
  ours_.reset();
  loop_.RunFor(50ms);
  EXPECT_FALSE(callee_.reset.has_value()) << "silence, not a cancellation";
}

}  // namespace
}  // namespace herald::simulation
