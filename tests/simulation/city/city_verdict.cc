// SPDX-License-Identifier: Apache-2.0
//
// A whole run of a city and what is said of it.
#include "tests/simulation/checkers/audit_complete.h"
#include "tests/simulation/checkers/bounded_memory.h"
#include "tests/simulation/checkers/converges_after_heal.h"
#include "tests/simulation/checkers/drains_within_the_grace.h"
#include "tests/simulation/checkers/no_forwarding_without_permit.h"
#include "tests/simulation/checkers/no_lost_or_doubled_call.h"
#include "tests/simulation/checkers/no_starvation.h"
#include "tests/simulation/checkers/retries_within_budget.h"
#include "tests/simulation/city/city.h"

namespace herald::simulation {

Verdict RunCity(const CityOptions& options) {
  City city(options);
  city.Run();
  const Journal& journal = city.journal();
  Verdict verdict;
  for (auto check : {NoForwardingWithoutPermit, NoLostOrDoubledCall,
                     DrainsWithinTheGrace, BoundedMemory, RetriesWithinBudget,
                     ConvergesAfterHeal, NoStarvation, AuditComplete}) {
    Breaches some = check(journal);
    verdict.breaches.insert(verdict.breaches.end(), some.begin(), some.end());
  }
  verdict.summary = Summarize(journal) + "; " + std::to_string(city.ways()) +
                    " ways between nodes";
  verdict.digest = journal.Digest();
  for (const CityFault& fault : city.plan().faults) {
    verdict.faults += ToString(fault) + "\n";
  }
  return verdict;
}

}  // namespace herald::simulation
