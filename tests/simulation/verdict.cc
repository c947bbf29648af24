// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/verdict.h"

#include <algorithm>
#include <map>

#include "tests/simulation/checkers/audit_complete.h"
#include "tests/simulation/checkers/bounded_memory.h"
#include "tests/simulation/checkers/drains_within_the_grace.h"
#include "tests/simulation/checkers/no_forwarding_without_permit.h"
#include "tests/simulation/checkers/no_lost_or_doubled_call.h"
#include "tests/simulation/checkers/retries_within_budget.h"
#include "tests/simulation/repeatable_rand.h"
#include "tests/simulation/world.h"

namespace herald::simulation {

std::string Summarize(const Journal& journal) {
  std::map<std::string, int> outcomes;
  for (const CallEntry& call : journal.calls) ++outcomes[call.outcome];
  std::string out = std::to_string(journal.calls.size()) + " calls";
  for (const auto& [outcome, count] : outcomes) {
    out += ", " + (outcome.empty() ? "open" : outcome) + " " +
           std::to_string(count);
  }
  return out + "; " + std::to_string(journal.deliveries.size()) +
         " deliveries, " + std::to_string(journal.drains.size()) + " drains";
}

bool Verdict::Has(Breach::Kind kind) const {
  return std::any_of(breaches.begin(), breaches.end(),
                     [kind](const Breach& one) { return one.kind == kind; });
}

Breaches CheckAll(const Journal& journal) {
  Breaches out;
  for (auto check :
       {NoForwardingWithoutPermit, NoLostOrDoubledCall, DrainsWithinTheGrace,
        BoundedMemory, RetriesWithinBudget, AuditComplete}) {
    Breaches some = check(journal);
    out.insert(out.end(), some.begin(), some.end());
  }
  return out;
}

Verdict RunWorld(const Options& options) {
  MakeOpenSslRepeat();
  World world(options);
  world.Run();
  Verdict verdict;
  verdict.breaches = CheckAll(world.journal());
  for (const CallEntry& call : world.journal().calls) {
    ++verdict.outcomes[call.outcome];
    verdict.told[call.outcome] = call.told;
  }
  verdict.summary = Summarize(world.journal());
  verdict.digest = world.journal().Digest();
  for (const Fault& fault : world.faults()) {
    verdict.faults += ToString(fault) + "\n";
  }
  return verdict;
}

}  // namespace herald::simulation
