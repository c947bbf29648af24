// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/options.h"

#include <sstream>

#include "core/base/random.h"

namespace herald::simulation {

std::string Options::ToString() const {
  std::ostringstream out;
  out << "nodes=" << nodes << " agents=" << agents << " calls=" << calls
      << " span_ms=" << ToMillis(span) << " faults=" << faults
      << " labelled=" << labelled << " idempotent=" << idempotent
      << " keyed=" << keyed << " odd_answers=" << odd_answers
      << " base_loss=" << base_loss << " longest_body=" << longest_body;
  return out.str();
}

Options OptionsFrom(uint64_t seed) {
  Random random(seed);
  Options out;
  out.seed = seed;
  out.nodes = 2 + random.Below(5);
  out.calls = 150 + random.Below(250);
  out.span = std::chrono::seconds(10 + random.Below(20));
  out.faults = random.Below(10);
  out.labelled = random.Unit();
  out.idempotent = random.Unit();
  out.keyed = random.Unit();
  out.odd_answers = random.Chance(0.5) ? 0 : random.Unit() * 0.2;
  out.base_loss = random.Chance(0.6) ? 0 : random.Unit() * 0.03;
  out.longest_body = random.Chance(0.5) ? 4'000 : 300'000;
  return out;
}

Options LargeFrom(uint64_t seed, size_t nodes) {
  Options out = OptionsFrom(seed);
  Random random(seed);
  out.nodes = nodes;
  out.agents = nodes / 4;
  out.acquaintances = 3;
  out.warm_peers = 4;
  out.calls = out.nodes * 40;
  out.span = std::chrono::seconds(20);
  out.faults = nodes / 10 + random.Below(nodes / 5);
  out.longest_body = 20'000;
  return out;
}

std::string AgentOf(size_t node, const Options& options) {
  return "worker-" + std::to_string(node % options.agents);
}

}  // namespace herald::simulation
