// SPDX-License-Identifier: Apache-2.0
//
// Everything that a seed decides about a world before it begins.
#pragma once

#include <cstdint>
#include <string>

#include "core/base/time.h"
#include "tests/simulation/plant.h"

namespace herald::simulation {

struct Options {
  uint64_t seed = 1;
  size_t nodes = 4;
  size_t agents = 1;         // names; each node serves one of them
  size_t acquaintances = 1;  // names that a node's agent calls
  size_t warm_peers = 64;    // that a node connects to before it has to
  size_t calls = 300;
  Duration span = std::chrono::seconds(20);  // calls and faults begin in it
  size_t faults = 6;
  bool only_network_faults = false;
  double labelled = 0.5;      // of the calls
  double idempotent = 0.5;    // of the calls
  double keyed = 0.3;         // of those that are not idempotent
  double odd_answers = 0.05;  // errors, breaks, ...
  double base_loss = 0;       // of datagrams, always
  size_t longest_body = 200'000;
  Duration drain_grace = std::chrono::seconds(12);
  Plant plant = Plant::kNone;

  std::string ToString() const;
};

// A world of some shape, by chance.
Options OptionsFrom(uint64_t seed);
// One of so many nodes that none knows all others.
Options LargeFrom(uint64_t seed, size_t nodes);

// The agent that a node serves.
std::string AgentOf(size_t node, const Options& options);

}  // namespace herald::simulation
