// SPDX-License-Identifier: Apache-2.0
//
// What the simulated company wants, in the plainest form: which countries may
// process data of which label; whatever bears one is audited. The policy text
// that sidecars load is rendered from it; the checker asks the table itself, so
// that an error in the language, its compiler or the pipeline cannot hide in
// both.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/base/random.h"

namespace herald::simulation {

struct Sovereignty {
  // A label that is not here may go nowhere. `unlabelled` may go anywhere.
  std::map<std::string, std::set<std::string>> allowed;

  bool Permits(const std::vector<std::string>& labels,
               const std::string& country) const;
  std::string ToPolicy() const;  // as YAML
};

inline const std::vector<std::string> kCountries = {"DE", "FR", "US", "JP"};
inline const std::vector<std::string> kLabels = {"personal", "health",
                                                 "secret"};

// Each label in one to three countries, by chance.
Sovereignty RandomSovereignty(Random& random);

}  // namespace herald::simulation
