// SPDX-License-Identifier: Apache-2.0
//
// A whole run: a world from options, and what its checkers say.
#pragma once

#include <map>
#include <string>

#include "tests/simulation/checkers/breach.h"
#include "tests/simulation/journal.h"
#include "tests/simulation/options.h"

namespace herald::simulation {

struct Verdict {
  Breaches breaches;
  std::map<std::string, int> outcomes;      // and how often
  std::map<std::string, std::string> told;  // of each, what one was told
  std::string summary;
  std::string faults;  // a line each
  size_t deliveries = 0;
  uint64_t digest = 0;

  bool Has(Breach::Kind kind) const;
};

std::string Summarize(const Journal& journal);
Breaches CheckAll(const Journal& journal);
Verdict RunWorld(const Options& options);

// Prints it, and the command that shows it again; returns what a program of
// the simulation exits with: 0 every promise was kept, 1 safety was broken, 3
// only liveness was.
int Tell(const Verdict& verdict, const std::string& again);

}  // namespace herald::simulation
