// SPDX-License-Identifier: Apache-2.0
//
// The gate before an agent: its queues by hand, then with an agent of known
// size and callers of unequal modesty.
#include "sidecar/routing/admission.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "sidecar/routing/agent_model_testing.h"

namespace herald::routing {
namespace {

using namespace std::chrono_literals;
using Verdict = Admission::Entry::Verdict;
using Ticket = Admission::Ticket;

constexpr Time kStart = Time(1h);

// A gate whose agent has all it may have.
class Full {
 public:
  explicit Full(AdmissionOptions options = {}) : gate(random_, options) {
    while (gate.Arrive("first", 3, kStart).verdict == Verdict::kEnters) {
    }
    gate.Forget(1);  // the one that had to wait
  }

  Ticket Wait(std::string_view caller, uint8_t urgency = 3, Time now = kStart) {
    const auto entry = gate.Arrive(caller, urgency, now);
    return entry.verdict == Verdict::kWaits ? entry.ticket : 0;
  }

  // Somebody leaves; who comes in?
  Ticket NextIn(Time now = kStart) {
    gate.OnLeave();
    const auto next = gate.Next(now);
    return next && next->enters ? next->ticket : 0;
  }

  // Those that are turned away now, in order.
  std::vector<Ticket> Out(Time now = kStart) {
    std::vector<Ticket> out;
    while (auto next = gate.Next(now)) {
      if (!next->enters) out.push_back(next->ticket);
    }
    return out;
  }

 private:
  Random random_{1};

 public:
  Admission gate;
};

TEST(AdmissionTest, LetsInWhatTheAgentServesAtOnceAndKeepsTheRestWaiting) {
  Random random(1);
  Admission gate(random);
  for (uint32_t i = 0; i < GradientLimit::kFirst; ++i) {
    const auto entry = gate.Arrive("a", 3, kStart);
    EXPECT_EQ(entry.verdict, Verdict::kEnters);
    EXPECT_EQ(entry.met, i);
  }
  EXPECT_EQ(gate.Arrive("a", 3, kStart).verdict, Verdict::kWaits);
  EXPECT_EQ(gate.waiting(), 1u);
  EXPECT_FALSE(gate.Next(kStart));
}

TEST(AdmissionTest, CallersTakeTurns) {
  Full full;
  const Ticket a1 = full.Wait("a");
  const Ticket a2 = full.Wait("a");
  const Ticket a3 = full.Wait("a");
  const Ticket b1 = full.Wait("b");
  const Ticket b2 = full.Wait("b");
  const Ticket c1 = full.Wait("c");
  std::vector<Ticket> order;
  for (int i = 0; i < 6; ++i) order.push_back(full.NextIn());
  EXPECT_EQ(order, (std::vector{a1, b1, c1, a2, b2, a3}));
}

TEST(AdmissionTest, TheMoreUrgentGoFirst) {
  Full full;
  const Ticket bulk = full.Wait("a", 6);
  const Ticket plain = full.Wait("a");
  const Ticket urgent = full.Wait("b", 1);
  EXPECT_EQ(full.NextIn(), urgent);
  EXPECT_EQ(full.NextIn(), plain);
  EXPECT_EQ(full.NextIn(), bulk);
}

TEST(AdmissionTest, AnUrgentFloodStarvesNobody) {
  Full full;
  const Ticket modest = full.Wait("modest", 5);
  for (int i = 0; i < 20; ++i) full.Wait("flood", 0);
  int turns = 1;
  while (full.NextIn() != modest) ++turns;
  EXPECT_LE(turns, 16);  // each eighth turn is anybody's
}

TEST(AdmissionTest, OneThatComesWhileOthersWaitWaitsToo) {
  Full full;
  const Ticket first = full.Wait("a");
  full.gate.OnLeave();  // there is room, and it is the waiting one's
  EXPECT_NE(full.Wait("b"), 0u);
  EXPECT_EQ(full.gate.Next(kStart)->ticket, first);
}

TEST(AdmissionTest, NobodyWaitsLongerThanASecond) {
  Full full;
  const Ticket one = full.Wait("a");
  EXPECT_EQ(full.gate.NextDeadline(), kStart + 1s);
  EXPECT_TRUE(full.Out(kStart + 1s - 1ns).empty());
  EXPECT_EQ(full.Out(kStart + 1s), std::vector{one});
  EXPECT_EQ(full.gate.waiting(), 0u);
}

TEST(AdmissionTest, TheHundredAndFirstTurnsOneOfTheLongestQueueAway) {
  Full full;
  std::vector<Ticket> greedy;
  for (int i = 0; i < 99; ++i) greedy.push_back(full.Wait("greedy"));
  const Ticket modest = full.Wait("modest");
  EXPECT_TRUE(full.Out().empty());
  EXPECT_NE(full.Wait("modest"), 0u);
  EXPECT_EQ(full.Out(), std::vector{greedy.back()});
  EXPECT_EQ(full.gate.waiting(), 100u);
  EXPECT_NE(modest, 0u);
  EXPECT_EQ(full.gate.Arrive("greedy", 3, kStart).verdict,
            Verdict::kTurnedAway);
}

TEST(AdmissionTest, OfTheLongestQueueTheLeastUrgentGoes) {
  Full full({.most_waiting = 3});
  full.Wait("a", 2);
  const Ticket bulk = full.Wait("a", 7);
  full.Wait("a", 4);
  EXPECT_NE(full.Wait("a", 3), 0u);
  EXPECT_EQ(full.Out(), std::vector{bulk});
}

TEST(AdmissionTest, AmongEqualsTheNewestGoes) {
  Full full({.most_waiting = 2});
  full.Wait("a");
  full.Wait("b");
  EXPECT_EQ(full.gate.Arrive("c", 3, kStart).verdict, Verdict::kTurnedAway);
  EXPECT_TRUE(full.Out().empty());
}

TEST(AdmissionTest, BodiesThatWaitAreBoundedToo) {
  Full full({.most_bytes = 1000});
  const Ticket small = full.Wait("modest");
  full.gate.OnHeld(small, 300);
  const Ticket none = full.Wait("greedy", 7);
  const Ticket large = full.Wait("greedy");
  full.gate.OnHeld(large, 400);
  full.gate.OnHeld(large, 700);
  EXPECT_TRUE(full.Out().empty());
  EXPECT_EQ(full.gate.bytes(), 1000u);
  full.gate.OnHeld(large, 701);
  EXPECT_EQ(full.Out(), std::vector{large}) << "not the one that holds nothing";
  EXPECT_EQ(full.gate.bytes(), 300u);
  EXPECT_NE(none, 0u);
}

TEST(AdmissionTest, WhoLeavesTheQueueIsForgotten) {
  Full full({.most_waiting = 1});
  const Ticket one = full.Wait("a");
  full.gate.OnHeld(one, 10);
  full.gate.Forget(one);
  EXPECT_EQ(full.gate.bytes(), 0u);
  const Ticket two = full.Wait("a", 5);
  EXPECT_NE(full.Wait("a", 0), 0u);
  full.gate.Forget(two);  // turned away, and gone before it was told
  EXPECT_TRUE(full.Out().empty());
  EXPECT_EQ(full.gate.NextDeadline(), kStart + 1s);
}

// Callers that send at random at their own rates, a real gate, an agent of 20
// slots of 50 ms: 400 calls a second.
class Town {
 public:
  void AddCaller(const std::string& name, double per_second) {
    Send(name, per_second, /*first=*/true);
  }

  void RunFor(Duration duration) { agenda_.RunUntil(agenda_.now() + duration); }
  void Forget() { books_.clear(); }

  struct Book {
    int sent = 0, served = 0, refused = 0;
    Duration longest{0};
    double Served() const { return static_cast<double>(served) / sent; }
  };
  const Book& of(const std::string& name) { return books_[name]; }

 private:
  void Send(const std::string& name, double per_second, bool first) {
    if (!first) Arrive(name);
    const double wait = -std::log(1 - random_.Unit()) / per_second;
    agenda_.At(agenda_.now() + Duration(static_cast<int64_t>(wait * 1e9)),
               [=, this] { Send(name, per_second, false); });
  }

  void Arrive(const std::string& name) {
    ++books_[name].sent;
    const Time now = agenda_.now();
    const auto entry = gate_.Arrive(name, 3, now);
    if (entry.verdict == Verdict::kEnters) {
      Enter(name, entry.met, now);
    } else if (entry.verdict == Verdict::kTurnedAway) {
      ++books_[name].refused;
    } else {
      waiting_[entry.ticket] = {name, now};
      agenda_.At(now + 1s, [this] { Settle(); });
    }
    Settle();
  }

  void Enter(const std::string& name, uint32_t met, Time came) {
    agent_.Serve([=, this, opened = agenda_.now()] {
      const Time now = agenda_.now();
      gate_.OnAnswer(now - opened, met, now);
      gate_.OnLeave();
      Book& book = books_[name];
      ++book.served;
      book.longest = std::max(book.longest, now - came);
      Settle();
    });
  }

  void Settle() {
    while (auto next = gate_.Next(agenda_.now())) {
      auto call = waiting_.extract(next->ticket).mapped();
      if (next->enters) {
        Enter(call.name, next->met, call.came);
      } else {
        ++books_[call.name].refused;
      }
    }
  }

  struct Call {
    std::string name;
    Time came;
  };
  Agenda agenda_{kStart};
  Random random_{7};
  AgentModel agent_{agenda_, random_, 20, 50ms, 0.3};
  Admission gate_{random_};
  std::map<Ticket, Call> waiting_;
  std::map<std::string, Book> books_;
};

TEST(AdmissionTest, AGreedyCallerDoesNotStarveAModestOne) {
  Town town;
  town.AddCaller("modest", 20);
  town.AddCaller("greedy", 1000);  // fifty times as many: 2.5 times too many
  town.RunFor(60s);
  town.Forget();
  town.RunFor(120s);
  EXPECT_GT(town.of("modest").Served(), 0.995);
  EXPECT_LT(town.of("modest").longest, 1s);
  EXPECT_LT(town.of("greedy").Served(), 0.45);
  // The agent is kept at work: 382 calls a second, less what measuring costs.
  EXPECT_GT(town.of("modest").served + town.of("greedy").served,
            0.93 * 120 * 382);
}

TEST(AdmissionTest, WhereTwoAskForTooMuchEachGetsHalf) {
  Town town;
  town.AddCaller("some", 500);
  town.AddCaller("more", 1500);
  town.RunFor(60s);
  town.Forget();
  town.RunFor(60s);
  const double some = town.of("some").served;
  const double more = town.of("more").served;
  EXPECT_NEAR(some / more, 1, 0.1);
}

TEST(AdmissionTest, WithinWhatTheAgentServesNobodyIsTurnedAway) {
  Town town;
  town.AddCaller("a", 150);
  town.AddCaller("b", 150);
  town.RunFor(300s);
  EXPECT_EQ(town.of("a").refused + town.of("b").refused, 0);
}

}  // namespace
}  // namespace herald::routing
