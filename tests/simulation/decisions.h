// SPDX-License-Identifier: Apache-2.0
//
// A decision log that is kept in the journal, where it outlives its node: what
// a checker reads is what an auditor would.
#pragma once

#include <string_view>

#include "sidecar/audit/decision_sink.h"
#include "tests/simulation/journal.h"

namespace herald::simulation {

class JournalDecisions final : public audit::DecisionSink {
 public:
  explicit JournalDecisions(Journal& journal) : journal_(journal) {}
  bool writable() const override { return true; }
  void Write(std::string_view line) override;

 private:
  Journal& journal_;
};

}  // namespace herald::simulation
