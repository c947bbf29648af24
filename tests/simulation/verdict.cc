// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/verdict.h"

#include <algorithm>
#include <cstdio>
#include <map>

#include "tests/simulation/checkers/audit_complete.h"
#include "tests/simulation/checkers/bounded_memory.h"
#include "tests/simulation/checkers/drains_within_the_grace.h"
#include "tests/simulation/checkers/hedges_within_share.h"
#include "tests/simulation/checkers/no_forwarding_without_permit.h"
#include "tests/simulation/checkers/no_lost_or_doubled_call.h"
#include "tests/simulation/checkers/retries_within_budget.h"
#include "tests/simulation/repeatable_rand.h"
#include "tests/simulation/world.h"

namespace herald::simulation {
namespace {

// Breaches beyond these are only counted.
constexpr size_t kShown = 20;

}  // namespace

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
        BoundedMemory, RetriesWithinBudget, HedgesWithinShare, AuditComplete}) {
    Breaches some = check(journal);
    out.insert(out.end(), some.begin(), some.end());
  }
  return out;
}

int Tell(const Verdict& verdict, const std::string& again) {
  std::printf("%s%s\n", verdict.faults.c_str(), verdict.summary.c_str());
  std::printf("digest %016llx\n",
              static_cast<unsigned long long>(verdict.digest));
  for (size_t i = 0; i < verdict.breaches.size() && i < kShown; ++i) {
    const Breach& breach = verdict.breaches[i];
    std::printf("BROKEN %s: %s\n", breach.promise.c_str(), breach.what.c_str());
  }
  if (verdict.breaches.empty()) {
    std::printf("every promise was kept\n");
    return 0;
  }
  std::printf("%zu broken; again: %s\n", verdict.breaches.size(),
              again.c_str());
  return verdict.Has(Breach::Kind::kSafety) ? 1 : 3;
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
  verdict.deliveries = world.journal().deliveries.size();
  verdict.summary = Summarize(world.journal());
  verdict.digest = world.journal().Digest();
  for (const Fault& fault : world.faults()) {
    verdict.faults += ToString(fault) + "\n";
  }
  return verdict;
}

}  // namespace herald::simulation
