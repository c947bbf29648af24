// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/sovereignty.h"

namespace herald::simulation {

bool Sovereignty::Permits(const std::vector<std::string>& labels,
                          const std::string& country) const {
  for (const std::string& label : labels) {
    auto found = allowed.find(label);
    if (found == allowed.end() || found->second.count(country) == 0) {
      return false;
    }
  }
  return true;
}

std::string Sovereignty::ToPolicy() const {
  std::string out =
      "apiVersion: herald.dev/v1alpha1\n"
      "kind: RoutingPolicy\n"
      "metadata: {name: sovereignty}\n"
      "spec:\n"
      "  rules:\n"
      "  - id: unlabelled\n"
      "    effect: Permit\n"
      "    covers: [unlabelled]\n";
  for (const auto& [label, countries] : allowed) {
    if (countries.empty()) continue;
    std::string list;
    for (const std::string& country : countries) {
      list += (list.empty() ? "" : ", ") + country;
    }
    out += "  - id: " + label + "\n    effect: Permit\n    covers: [" + label +
           "]\n    where: {process: {countries: {in: [" + list +
           "]}}}\n    obligations: [{audit: digest}]\n";
  }
  return out;
}

Sovereignty RandomSovereignty(Random& random) {
  Sovereignty out;
  for (const std::string& label : kLabels) {
    auto& countries = out.allowed[label];
    for (uint64_t n = 1 + random.Below(3); n > 0; --n) {
      countries.insert(kCountries[random.Below(kCountries.size())]);
    }
  }
  return out;
}

}  // namespace herald::simulation
