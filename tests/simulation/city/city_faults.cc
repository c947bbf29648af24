// SPDX-License-Identifier: Apache-2.0
//
// How each fault of a city begins and ends.
#include "tests/simulation/city/city.h"
#include "tests/simulation/drain_watch.h"

namespace herald::simulation {
namespace {

using std::chrono::milliseconds;

// A node that drains says so, and refuses what still comes so much later: more
// than the longest round trip. As long it takes to start anew.
constexpr Duration kNotice = milliseconds(200);
// From one node of a roll to the next.
constexpr Duration kTurn = milliseconds(400);

}  // namespace

void City::Begin(const CityFault& fault) {
  Place& place = places_[fault.node];
  const std::string& here = place.spec.country;
  const std::string& there = places_[fault.other].spec.country;
  switch (fault.kind) {
    case CityFault::Kind::kKill:
      return KillSome(fault);
    case CityFault::Kind::kNewPolicy:
      return SpreadPolicy();
    case CityFault::Kind::kRoll:
      return Roll(fault);
    case CityFault::Kind::kFlood:
      return;  // its calls are planned
    case CityFault::Kind::kIsolate:
      ++place.isolated;
      break;
    case CityFault::Kind::kCutPair:
      ++cut_pairs_[{fault.node, fault.other}];
      break;
    case CityFault::Kind::kPartition:
      ++partitions_[{here, there}];
      break;
    case CityFault::Kind::kClockJump:
      place.clock->Jump(JumpOf(random_.Unit()));
      break;
    case CityFault::Kind::kSlowAgent:
      if (place.node) place.node->agent().SetSlowness(20);
      break;
    case CityFault::Kind::kAgentDown:
      if (place.node) place.node->agent().SetDown(true);
      break;
  }
  After(fault.lasts, [this, &fault] { End(fault); });
}

void City::End(const CityFault& fault) {
  Place& place = places_[fault.node];
  const std::string& here = place.spec.country;
  const std::string& there = places_[fault.other].spec.country;
  if (options_.never_heals) return;
  switch (fault.kind) {
    case CityFault::Kind::kIsolate:
      --place.isolated;
      break;
    case CityFault::Kind::kCutPair:
      --cut_pairs_[{fault.node, fault.other}];
      break;
    case CityFault::Kind::kPartition:
      --partitions_[{here, there}];
      break;
    case CityFault::Kind::kClockJump:
      place.clock->Jump(Duration::zero());
      break;
    case CityFault::Kind::kSlowAgent:
      if (place.node) place.node->agent().SetSlowness(1);
      break;
    case CityFault::Kind::kAgentDown:
      if (place.node) place.node->agent().SetDown(false);
      break;
    default:
      return;  // they see to their own end
  }
  mesh_.OnChange();
}

// A tenth of those that serve one agent, and the node itself.
void City::KillSome(const CityFault& fault) {
  const std::string& agent = places_[fault.node].spec.agent;
  Kill(fault.node, fault.lasts);
  for (size_t i = 0; i < places_.size(); ++i) {
    if (places_[i].spec.agent == agent && random_.Chance(0.1)) {
      Kill(i, fault.lasts);
    }
  }
}

void City::Roll(const CityFault& fault) {
  const std::string& agent = places_[fault.node].spec.agent;
  Duration turn{0};
  for (size_t i = 0; i < places_.size(); ++i) {
    if (places_[i].spec.agent != agent) continue;
    After(turn, [this, i] { BeginDrain(i); });
    turn += kTurn;
  }
}

void City::BeginDrain(size_t number) {
  Place& place = places_[number];
  if (!place.node || place.node->draining()) return;
  place.node->Drain();
  mesh_.TellLoad(number);
  auto gone = [&place, life = place.lives] {
    return !place.node || place.lives != life;
  };
  After(kNotice, [&place, gone] {
    if (!gone()) place.node->Shut();
  });
  WatchDrain(loop_, journal_,
             {.name = place.spec.name,
              .gone = gone,
              .shut_since = [&place] { return place.node->shut_since(); },
              .idle = [&place] { return place.node->idle(); }},
             [this, number] {
               mesh_.OnLeave(number);
               Kill(number, kNotice);
             });
}

void City::SpreadPolicy() {
  AddEpoch();
  const size_t epoch = programs_.size() - 1;
  for (size_t i = 0; i < places_.size(); ++i) {
    After(milliseconds(random_.Below(1'000)),
          [this, i, epoch] { SetEpoch(i, epoch); });
  }
}

}  // namespace herald::simulation
