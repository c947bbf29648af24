// SPDX-License-Identifier: Apache-2.0
//
// The limit against an agent of known size, with more calls than it can take.
#include "sidecar/routing/gradient_limit.h"

#include <gtest/gtest.h>

#include "sidecar/routing/agent_model_testing.h"

namespace herald::routing {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = Time(1h);

// There is always one more call: what the limit lets in, the agent gets.
class Crowd {
 public:
  Crowd(size_t slots, Duration time, double spread = 0, uint64_t seed = 1)
      : random_(seed), agent(agenda_, random_, slots, time, spread) {}

  // `demand`: calls that there are at once.
  void RunFor(Duration duration, uint32_t demand = UINT32_MAX) {
    demand_ = demand;
    const Time end = agenda_.now() + duration;
    while (agenda_.now() < end) {
      Fill();
      // Besides, what the limit does by itself.
      agenda_.RunUntil(std::min(end, agenda_.now() + 20ms));
    }
  }

  // The mean limit over the next while.
  double MeanOver(Duration duration) {
    double sum = 0;
    int count = 0;
    for (Duration at{0}; at < duration; at += 50ms, ++count) {
      RunFor(50ms);
      sum += limit.limit();
    }
    return sum / count;
  }

  uint64_t answers() const { return answers_; }

 private:
  void Fill() {
    while (inside_ < demand_) {
      const uint32_t allowed = limit.Allowed(agenda_.now());
      if (inside_ + 1 >= allowed) limit.OnFull(agenda_.now());
      if (inside_ >= allowed) return;
      agent.Serve([this, met = inside_++, began = agenda_.now()] {
        limit.OnAnswer(agenda_.now() - began, met, inside_, agenda_.now());
        --inside_;
        ++answers_;
        Fill();
      });
    }
  }

  Agenda agenda_{kStart};
  Random random_;
  uint32_t demand_ = 0;
  uint32_t inside_ = 0;
  uint64_t answers_ = 0;

 public:
  AgentModel agent;
  GradientLimit limit{random_};
};

TEST(GradientLimitTest, FindsTheAgentsSizeWithinAFifth) {
  struct Case {
    size_t slots;
    Duration time;
    double spread;
  };
  for (const Case& c :
       {Case{10, 20ms, 0.0}, Case{20, 50ms, 0.0}, Case{20, 50ms, 0.3},
        Case{50, 10ms, 0.3}, Case{200, 100ms, 0.3}}) {
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      Crowd crowd(c.slots, c.time, c.spread, seed);
      crowd.RunFor(30s);
      const double found = crowd.MeanOver(60s);
      const auto slots = static_cast<double>(c.slots);
      EXPECT_NEAR(found, slots, 0.2 * slots)
          << c.slots << " slots of " << ToMillis(c.time) << " ms, spread "
          << c.spread << ", seed " << seed;
    }
  }
}

// Times that differ by more than their own size: there are too few of them to
// be sure of much, and what matters is that the agent is kept at work.
TEST(GradientLimitTest, DoesNotStarveAnAgentWhoseTimesDifferWidely) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    Crowd crowd(100, 100ms, 1.0, seed);
    crowd.RunFor(30s);
    const uint64_t before = crowd.answers();
    crowd.RunFor(120s);
    // 100 / (100 ms * e^(1/2)) = 607 a second at most.
    EXPECT_GT(static_cast<double>(crowd.answers() - before), 0.7 * 120 * 607);
  }
}

TEST(GradientLimitTest, CostsTheAgentLittleOfWhatItCouldDo) {
  Crowd crowd(20, 50ms, 0.3);
  crowd.RunFor(30s);
  const uint64_t before = crowd.answers();
  crowd.RunFor(300s);
  // 20 / (50 ms * e^(0.3^2/2)) = 382 a second at most.
  EXPECT_GT(static_cast<double>(crowd.answers() - before), 0.93 * 300 * 382);
}

TEST(GradientLimitTest, ComesBackAfterASlowSpell) {
  Crowd crowd(20, 50ms);
  crowd.RunFor(60s);
  crowd.agent.SetTime(500ms);
  crowd.RunFor(60s);
  EXPECT_GT(crowd.MeanOver(10s), 16) << "slow, and as many at once";
  crowd.agent.SetTime(50ms);
  crowd.RunFor(5s);
  EXPECT_NEAR(crowd.MeanOver(10s), 20, 4);
}

TEST(GradientLimitTest, FollowsAnAgentThatShrinksAndGrows) {
  Crowd crowd(100, 50ms);
  crowd.RunFor(60s);
  crowd.agent.SetSlots(10);
  crowd.RunFor(60s);
  EXPECT_NEAR(crowd.MeanOver(20s), 10, 2);
  crowd.agent.SetSlots(100);
  crowd.RunFor(30s);
  EXPECT_NEAR(crowd.MeanOver(20s), 100, 20);
}

TEST(GradientLimitTest, AnAgentThatIsNeverFullIsNeverTouched) {
  Crowd crowd(8, 50ms);
  crowd.RunFor(300s, 40);  // five times what it serves at once
  EXPECT_EQ(crowd.limit.limit(), GradientLimit::kFirst);
  EXPECT_FALSE(crowd.limit.narrowing());
}

TEST(GradientLimitTest, ASlowAgentIsNotStarvedToMeasureIt) {
  Crowd crowd(300, 20s);  // a model that thinks
  crowd.RunFor(1200s);
  const uint64_t before = crowd.answers();
  crowd.RunFor(1200s);
  EXPECT_GT(static_cast<double>(crowd.answers() - before), 0.9 * 1200 * 15);
}

TEST(GradientLimitTest, StaysWithinItsBounds) {
  Crowd one(1, 20ms);
  one.RunFor(60s);
  EXPECT_GE(one.limit.limit(), GradientLimit::kLeast);
  EXPECT_LE(one.limit.limit(), GradientLimit::kLeast + 2);
  Crowd endless(100'000, 20ms);
  endless.RunFor(20s);
  EXPECT_EQ(endless.limit.limit(), GradientLimit::kMost);
}

}  // namespace
}  // namespace herald::routing
