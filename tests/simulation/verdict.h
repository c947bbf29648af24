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
  uint64_t digest = 0;

  bool Has(Breach::Kind kind) const;
};

std::string Summarize(const Journal& journal);
Breaches CheckAll(const Journal& journal);
Verdict RunWorld(const Options& options);

}  // namespace herald::simulation
