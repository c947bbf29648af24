// SPDX-License-Identifier: Apache-2.0
//
// Callers, callees and the network between them in virtual time: the real
// Balancer on one side, the real LoadMeter on the other. What is promised is
// the course of things: calls settle on the near site, leave it within a few
// calls when it slows down, try it only now and then meanwhile, and come back
// soon after it has recovered.
#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sidecar/routing/balancer.h"
#include "sidecar/routing/load_meter.h"

namespace herald::routing {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = Time(1h);
constexpr size_t kFar = 0;  // the index of the far edge

struct Place {
  std::string name;
  Tier tier;
  Duration rtt;
  Duration service;  // mean time to first byte
  // As many calls are served at once, the others wait; 0: all are.
  uint32_t slots = 0;
  LoadMeter meter{8};
  uint32_t busy = 0;
  std::deque<std::function<void()>> waiting = {};
};

struct Sent {
  Time at;
  size_t place;
};

// Three sites and any number of callers; `Slow` changes a site meanwhile.
class World {
 public:
  World(uint64_t seed, int callers, double calls_per_second)
      : random_(seed), rate_(calls_per_second), callers_(callers) {
    places_.push_back({"far-edge-de", Tier::kFarEdge, 4ms, 10ms});
    places_.push_back({"near-edge-fr", Tier::kNearEdge, 20ms, 8ms});
    places_.push_back({"cloud-us", Tier::kCloud, 90ms, 6ms});
    for (Caller& caller : callers_) Connect(caller);
  }

  void At(Time when, std::function<void()> fn) {
    events_.emplace(when, std::move(fn));
  }

  void SetSlots(uint32_t slots) {
    for (Place& place : places_) place.slots = slots;
  }
  void SetRate(double calls_per_second) { rate_ = calls_per_second; }

  void SetService(size_t place, Duration service) {
    places_[place].service = service;
  }

  void RunUntil(Time end) {
    while (!events_.empty() && events_.begin()->first <= end) {
      auto event = events_.extract(events_.begin());
      now_ = event.key();
      event.mapped()();
    }
    now_ = end;
  }

  const std::vector<Sent>& choices() const { return choices_; }

  // Of the choices in [from, to), the share that fell on `place`.
  double Share(size_t place, Time from, Time to) const {
    int all = 0, hits = 0;
    for (const Sent& choice : choices_) {
      if (choice.at < from || choice.at >= to) continue;
      ++all;
      hits += choice.place == place;
    }
    return all == 0 ? 0 : static_cast<double>(hits) / all;
  }

  int Count(size_t place, Time from, Time to) const {
    int hits = 0;
    for (const Sent& choice : choices_) {
      hits += choice.place == place && choice.at >= from && choice.at < to;
    }
    return hits;
  }

 private:
  struct Caller {
    Balancer balancer;
    std::vector<Candidate> candidates;
  };

  Duration Exponential(double per_second) {
    const double s = -std::log(1 - random_.Unit()) / per_second;
    return Duration(static_cast<int64_t>(s * 1e9));
  }

  void Connect(Caller& caller) {
    for (Place& place : places_) {
      PeerState& peer = caller.balancer.Peer(place.name);
      peer.SetLink(Link::kUp, kStart);
      peer.OnRtt(place.rtt, 500us);
      caller.candidates.push_back({&peer, place.tier});
      Probe(caller, caller.candidates.size() - 1);
    }
    At(kStart + Exponential(rate_), [this, &caller] { Arrive(caller); });
  }

  // Each second; the answer is what the peer said half a round trip ago.
  void Probe(Caller& caller, size_t place) {
    const Duration half = places_[place].rtt / 2;
    At(std::max(now_, kStart) + half, [this, &caller, place, half] {
      const LoadReport report = places_[place].meter.Report(now_);
      At(now_ + half, [this, &caller, place, report] {
        caller.candidates[place].peer->OnReport(report, now_);
        At(now_ + 1s, [this, &caller, place] { Probe(caller, place); });
      });
    });
  }

  void Arrive(Caller& caller) {
    At(now_ + Exponential(rate_), [this, &caller] { Arrive(caller); });
    const auto pick = caller.balancer.Pick(caller.candidates, {.agent = "sum"},
                                           now_, random_);
    ASSERT_TRUE(pick);
    const size_t place = pick->index;
    choices_.push_back({now_, place});
    PeerState* peer = caller.candidates[place].peer;
    peer->OnSent(now_);
    const Time sent = now_;
    At(now_ + places_[place].rtt / 2,
       [this, peer, sent, place] { Serve(places_[place], peer, sent); });
  }

  void Serve(Place& place, PeerState* peer, Time sent) {
    const uint32_t met = place.meter.OnStart();
    const Time came = now_;
    auto work = [this, &place, peer, sent, met, came] {
      Work(place, peer, sent, met, came);
    };
    if (place.slots > 0 && place.busy >= place.slots) {
      place.waiting.push_back(work);
    } else {
      work();
    }
  }

  // The agent answers after 0.5 to 1.5 times its mean, in one piece.
  void Work(Place& place, PeerState* peer, Time sent, uint32_t met, Time came) {
    ++place.busy;
    const double factor = 0.5 + random_.Unit();
    const Duration takes(static_cast<int64_t>(
        static_cast<double>(place.service.count()) * factor));
    At(now_ + takes, [this, &place, peer, sent, met, came] {
      place.meter.OnFirstByte(met, now_ - came, now_);
      const LoadReport report = place.meter.Report(now_);
      place.meter.OnEnd();
      --place.busy;
      if (!place.waiting.empty()) {
        auto next = std::move(place.waiting.front());
        place.waiting.pop_front();
        next();
      }
      At(now_ + place.rtt / 2, [this, peer, sent, report] {
        peer->OnReport(report, now_);
        peer->OnFirstByte(now_ - sent, now_);
        peer->OnDone(false, now_);
      });
    });
  }

  Random random_;
  double rate_;
  Time now_ = kStart;
  std::deque<Place> places_;  // referred to by events
  std::deque<Caller> callers_;
  std::multimap<Time, std::function<void()>> events_;
  std::vector<Sent> choices_;
};

struct Setting {
  uint64_t seed;
  int callers;
  double rate;  // calls a second, of each caller
};

class SettlingTest : public testing::TestWithParam<Setting> {
 protected:
  World world_{GetParam().seed, GetParam().callers, GetParam().rate};
};

// 0..10 s all is well; 10..20 s the far edge takes 400 ms; then well again.
TEST_P(SettlingTest, LeavesASlowSiteAndComesBack) {
  const Time slow = kStart + 10s, well = kStart + 20s, end = kStart + 60s;
  world_.At(slow, [this] { world_.SetService(kFar, 400ms); });
  world_.At(well, [this] { world_.SetService(kFar, 10ms); });
  world_.RunUntil(end);

  // Settles within three seconds.
  EXPECT_GE(world_.Share(kFar, kStart + 3s, slow), 0.95);
  // Of each caller: three calls, and those sent before the third has answered;
  // then, each five seconds, a trial and those sent before it has answered.
  const double unseen = 0.4 * GetParam().rate;
  const double most = GetParam().callers * (3 + unseen + 2 * (1 + unseen));
  EXPECT_LE(world_.Count(kFar, slow, well), most);
  EXPECT_LE(world_.Share(kFar, slow + 3s, well), 0.2);
  // Samples fade after 5 s; then the first trial brings them back, a
  // twentieth each half second.
  EXPECT_GE(world_.Share(kFar, well + 8s, well + 18s), 0.4);
  EXPECT_GE(world_.Share(kFar, well + 18s, end), 0.95);
  EXPECT_EQ(world_.Share(2, slow + 1s, end), 0);  // never to the cloud
}

// In windows of a second the majority changes sides twice at a slow spell: out
// and back. A trial may tip one window, but not the course.
TEST_P(SettlingTest, DoesNotFlap) {
  const Time slow = kStart + 10s, well = kStart + 20s;
  world_.At(slow, [this] { world_.SetService(kFar, 400ms); });
  world_.At(well, [this] { world_.SetService(kFar, 10ms); });
  world_.RunUntil(kStart + 40s);
  int changes = 0;
  bool at_far = true;
  for (Time t = kStart + 3s; t < kStart + 40s; t += 2s) {
    const bool now_far = world_.Share(kFar, t, t + 2s) > 0.5;
    changes += now_far != at_far;
    at_far = now_far;
  }
  EXPECT_EQ(changes, 2);
}

TEST_P(SettlingTest, StaysPutWhenNothingChanges) {
  world_.RunUntil(kStart + 30s);
  EXPECT_GE(world_.Share(kFar, kStart + 3s, kStart + 30s), 0.99);
}

// Ten callers, 8 slots of 50 ms a site: 160 calls/s are what the far edge can
// do. 60/s fit, 250/s do not.
class SpillTest : public testing::TestWithParam<uint64_t> {
 protected:
  SpillTest() {
    world_.SetSlots(8);
    for (size_t place = 0; place < 3; ++place) world_.SetService(place, 50ms);
  }
  // How often the far edge's share turns by more than 15 points between windows
  // of 3 s.
  int Turns(Time from, Time to) const {
    int turns = 0;
    double extreme = world_.Share(kFar, from, from + 3s);
    bool up = false;
    for (Time t = from; t < to; t += 3s) {
      const double share = world_.Share(kFar, t, t + 3s);
      if (up ? share > extreme : share < extreme) extreme = share;
      if (std::abs(share - extreme) <= 0.15) continue;
      ++turns;
      up = !up;
      extreme = share;
    }
    return turns;
  }

  World world_{GetParam(), 10, 6};
};

TEST_P(SpillTest, SpillsWhatTheNearestSiteCannotDoAndComesBackWithoutFlapping) {
  const Time busy = kStart + 15s, calm = kStart + 45s, end = kStart + 90s;
  world_.At(busy, [this] { world_.SetRate(25); });
  world_.At(calm, [this] { world_.SetRate(6); });
  world_.RunUntil(end);
  EXPECT_GE(world_.Share(kFar, kStart + 3s, busy), 0.9);
  // It keeps most of what it can do: 160 of 250 are 0.64.
  EXPECT_GE(world_.Share(kFar, busy + 5s, calm), 0.35);
  EXPECT_LE(world_.Share(kFar, busy + 5s, calm), 0.66);
  EXPECT_LE(Turns(busy + 5s, calm), 2);
  // s falls from at most 1 within ten seconds.
  EXPECT_GE(world_.Share(kFar, calm + 15s, end), 0.9);
  EXPECT_LE(Turns(calm + 15s, end), 1);
}

INSTANTIATE_TEST_SUITE_P(Seeds, SpillTest, testing::Range<uint64_t>(1, 7));

INSTANTIATE_TEST_SUITE_P(
    Seeds, SettlingTest,
    testing::Values(Setting{1, 1, 3}, Setting{2, 1, 5}, Setting{3, 1, 10},
                    Setting{4, 1, 10}, Setting{5, 1, 20}, Setting{6, 4, 4},
                    Setting{7, 4, 2}, Setting{8, 2, 10}),
    [](const auto& setting) {
      return "Seed" + std::to_string(setting.param.seed) + "Callers" +
             std::to_string(setting.param.callers) + "Rate" +
             std::to_string(static_cast<int>(setting.param.rate));
    });

}  // namespace
}  // namespace herald::routing
