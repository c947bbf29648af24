// SPDX-License-Identifier: Apache-2.0
//
// Peers, a balancer and a question, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "sidecar/routing/balancer.h"

namespace herald::routing {

inline constexpr Time kStart = Time(std::chrono::hours(1));

// Peers that are up, measured and have just reported. They came up at once, so
// that none is warmer than another.
class BalancerScene : public testing::Test {
 protected:
  struct Facts {
    Tier tier = Tier::kFarEdge;
    Duration rtt = std::chrono::milliseconds(4);
    Duration ttfb = std::chrono::milliseconds(10);
    uint32_t in_flight = 0;
    uint32_t limit = 8;
  };

  PeerState& Add(const std::string& name, const Facts& facts) {
    PeerState& peer = balancer_.Peer(name);
    peer.SetLink(Link::kUp, kStart);
    peer.OnRtt(facts.rtt, Duration(0));
    peer.OnReport({.in_flight = facts.in_flight,
                   .limit = facts.limit,
                   .ttfb = facts.ttfb},
                  kStart);
    candidates_.push_back({&peer, facts.tier});
    return peer;
  }

  Ask ask() const {
    return {.agent = "sum",
            .preference = preference_,
            .affinity = affinity_,
            .affinity_required = required_,
            .payload = payload_,
            .repeatable = repeatable_};
  }
  std::optional<Choice> Choose(Time now = kStart) {
    return balancer_.Pick(candidates_, ask(), now, random_);
  }
  std::string Pick(Time now = kStart) {
    auto choice = Choose(now);
    return choice ? candidates_[choice->index].peer->name() : "none";
  }
  // How often each of 1000 picks took a peer.
  std::map<std::string, int> Picks(Time now = kStart) {
    std::map<std::string, int> counts;
    for (int i = 0; i < 1000; ++i) ++counts[Pick(now)];
    return counts;
  }

  Balancer balancer_;
  Preference preference_;
  std::string affinity_;
  bool required_ = false;
  bool repeatable_ = false;
  uint64_t payload_ = 0;
  Random random_{11};
  std::vector<Candidate> candidates_;
};

using Counts = std::map<std::string, int>;

}  // namespace herald::routing
