// SPDX-License-Identifier: Apache-2.0
//
// What a change of policy changes: every class of calls and paths (classes.h)
// is judged by both sets, and those whose verdict flips are told, by the rules
// that refuse them. A Deny that becomes a Permit is what a reviewer looks for.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "policy/classes.h"
#include "policy/decision.h"
#include "policy/fixture_file.h"

namespace herald::policy {

// What a sidecar discharges: data may be kept as long as the callee promises.
inline constexpr Discharge kAsASidecar{.meter = true,
                                       .retain = Discharge::Retain::kByPromise};

struct Flip {
  Verdict now = Verdict::kDeny;
  // Of the side that denies: Forbids that fired, or the closest Permits of
  // labels without one; and those labels.
  std::vector<std::string> denied_by;
  std::vector<std::string> unpermitted;
  std::string reason;  // where no rule is to blame
  // Of the side that permits, for the witness.
  std::vector<std::string> permitted_by;
  size_t classes = 0;
  // The simplest of its classes, expecting what holds now. Facts that change
  // nothing are left out.
  TestCase witness;
};

struct PolicyDiff {
  std::vector<Flip> flips;     // newly permitted ones first
  size_t newly_permitted = 0;  // classes
  size_t newly_denied = 0;
  size_t calls = 0;  // classes looked at
  size_t paths = 0;
  std::vector<std::string> bounds;  // as Classes::bounds
};

PolicyDiff Diff(const Judgement& before, const Judgement& after);

// Whether a question's verdict flips from one to the other.
bool Flips(const Program& before, const Program& after, const TestCase& test);

}  // namespace herald::policy
