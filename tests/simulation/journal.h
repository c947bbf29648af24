// SPDX-License-Identifier: Apache-2.0
//
// What really happened in a world, written down by the agents at its two ends
// and by whoever moves the faults; never by the code under test. Checkers read
// only this.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/base/time.h"
#include "tests/simulation/sovereignty.h"

namespace herald::simulation {

// One call, as its caller meant it and saw it end.
struct CallEntry {
  uint64_t number = 0;
  bool idempotent = false;
  bool keyed = false;
  std::vector<std::string> labels;
  std::string agent;  // whom it calls
  std::string caller_node;
  std::string caller_country;
  Time began{};
  std::optional<Duration> timeout;
  std::string call_id;  // as the sidecar told it; empty: it told none
  int endings = 0;
  // "ok", a problem's type, "agent-error", "reset", or "caller-died".
  std::string outcome;
  std::string told;  // the text of the problem, for people
  Time ended{};
  bool corrupt = false;  // bytes that were not sent, or too few
  std::vector<std::string> returned_labels;
  std::string served_by;  // the node whose agent did it last
  int effects = 0;        // times an agent did it
  // Made after all has healed, to prove it: it must succeed.
  bool proof = false;
};

// A request reached an agent.
struct DeliveryEntry {
  uint64_t call = 0;
  std::string node;
  std::string country;
  Time at{};
  bool corrupt = false;
};

struct DrainEntry {
  std::string node;
  Time began{};
  std::optional<Time> shut;   // since when it took no calls of peers
  std::optional<Time> ended;  // none: never, or killed meanwhile
  bool killed = false;
  // Calls that somebody still waited for when the grace was over.
  size_t cut = 0;
};

// A node went away, killed or at the end of its drain.
struct StopEntry {
  std::string node;
  Time at{};
};

// A line that a sidecar gave to its decision log.
struct EvidenceEntry {
  std::string node;
  std::string side;  // "caller" or "callee"
  std::string call_id;
  std::string peer;
  bool decision = false;  // else the outcome
  bool permits = false;
};

// What is left when all is quiet.
struct LeftoverEntry {
  std::string node;
  std::string what;
  uint64_t count = 0;
};

struct Journal {
  std::vector<CallEntry> calls;  // by number
  std::vector<DeliveryEntry> deliveries;
  std::vector<DrainEntry> drains;
  std::vector<StopEntry> stops;
  std::vector<EvidenceEntry> evidence;
  std::vector<LeftoverEntry> leftovers;
  // Which policy a node had from when on: (node -> times and epochs).
  struct Turn {
    Time from;
    size_t epoch;
  };
  std::map<std::string, std::vector<Turn>> policies;
  std::vector<Sovereignty> epochs;
  Duration drain_grace{0};
  bool undisturbed = false;  // nothing was planned to fail
  Time end{};

  // Whether some policy that `node` had between the two times permits it.
  bool Permitted(const std::string& node, Time from, Time to,
                 const std::vector<std::string>& labels,
                 const std::string& country) const;
  // All of it in one number, to compare two runs.
  uint64_t Digest() const;
};

}  // namespace herald::simulation
