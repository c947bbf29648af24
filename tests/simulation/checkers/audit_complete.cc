// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/checkers/audit_complete.h"

#include <algorithm>
#include <map>

namespace herald::simulation {
namespace {

using Lines = std::vector<const EvidenceEntry*>;

class Audit {
 public:
  explicit Audit(const Journal& journal) : journal_(journal) {
    for (const EvidenceEntry& entry : journal.evidence) {
      lines_[entry.call_id].push_back(&entry);
    }
  }

  Breaches Run() {
    for (const CallEntry& call : journal_.calls) {
      if (!call.labels.empty() && !call.call_id.empty()) Check(call);
    }
    return std::move(breaches_);
  }

 private:
  void Check(const CallEntry& call) {
    const Lines& lines = lines_[call.call_id];
    auto has = [&lines](auto wanted) {
      return std::any_of(lines.begin(), lines.end(),
                         [&](const auto* line) { return wanted(*line); });
    };
    if (call.outcome == "ok" || call.outcome == "agent-error") {
      Served(call, has);
    } else if (call.outcome == "denied" &&
               !has([](const auto& l) { return l.decision && !l.permits; })) {
      Missing(call, "nobody's refusal");
    }
    for (const EvidenceEntry* line : lines) {
      if (line->side != "callee" || !line->decision) continue;
      if (!has([&](const auto& l) {
            return l.side == "caller" && l.permits && l.peer == line->node;
          })) {
        Missing(call, "the caller's half of what " + line->node + " decided");
      }
    }
  }

  template <typename Has>
  void Served(const CallEntry& call, const Has& has) {
    const std::string& by = call.served_by;
    if (!has([&](const auto& l) {
          return l.node == call.caller_node && l.side == "caller" &&
                 l.permits && l.peer == by;
        })) {
      Missing(call, "the caller's permit for " + by);
    }
    if (!has([&](const auto& l) {
          return l.node == by && l.side == "callee" && l.permits;
        })) {
      Missing(call, "the permit of " + by);
    }
    for (const std::string& node : {call.caller_node, by}) {
      if (StoppedSince(node, call.began)) continue;
      if (!has([&](const auto& l) { return l.node == node && !l.decision; })) {
        Missing(call, "its outcome at " + node);
      }
    }
  }

  bool StoppedSince(const std::string& node, Time began) const {
    return std::any_of(journal_.stops.begin(), journal_.stops.end(),
                       [&](const StopEntry& stop) {
                         return stop.node == node && stop.at >= began;
                       });
  }

  void Missing(const CallEntry& call, const std::string& what) {
    breaches_.push_back({Breach::Kind::kSafety, "audit_complete",
                         "call " + std::to_string(call.number) + " (" +
                             call.outcome + ") lacks " + what});
  }

  const Journal& journal_;
  std::map<std::string, Lines> lines_;
  Breaches breaches_;
};

}  // namespace

Breaches AuditComplete(const Journal& journal) { return Audit(journal).Run(); }

}  // namespace herald::simulation
