// SPDX-License-Identifier: Apache-2.0
//
// What goes wrong in a world, and when; drawn before it begins. Each fault has
// an end, so that afterwards everything must have come right again.
#pragma once

#include <string>
#include <vector>

#include "core/base/random.h"
#include "tests/simulation/options.h"

namespace herald::simulation {

struct Fault {
  enum class Kind {
    kKill,       // a node dies, and is started again later
    kIsolate,    // no datagram reaches it or leaves it
    kCutPair,    // between two nodes, one way
    kLossBurst,  // everywhere
    kReorder,    // jitter and doubled datagrams, everywhere
    kSlowAgent,
    kAgentDown,
    kNewPolicy,  // node after node
    kRebind,     // a node's NAT gives it another address
    kBlackHole,  // long datagrams vanish, everywhere
    kDrain,      // a node leaves in an orderly way, and comes back
    kClockJump,  // a node's calendar, ahead or back by hours
  };
  Kind kind;
  Duration at{0};
  Duration lasts{0};
  size_t node = 0;
  size_t other = 0;
  double strength = 0;
};
inline constexpr int kFaultKinds = 12;
inline constexpr int kNetworkFaultKinds = 4;  // from kIsolate on
std::string ToString(const Fault& fault);

std::vector<Fault> PlanFaults(const Options& options, Random& random);

}  // namespace herald::simulation
