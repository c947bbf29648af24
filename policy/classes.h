// SPDX-License-Identifier: Apache-2.0
//
// The finite classes of calls and of paths that policies can tell apart. A
// policy asks only so much of a call and of a node, and a Permit asks it of all
// nodes, a Forbid of any; so questions fall into finitely many classes, and one
// witness of each is as good as all of them. What stands on this looks at every
// question there is by looking at a few thousand.
//
// Bounded on purpose: sets of labels up to pairs and all together, endorsements
// likewise, paths of a peer and at most one relay. Where even that is too much,
// some are taken evenly and `bounds` says so.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policy/fixture_file.h"
#include "policy/load.h"
#include "policy/program.h"

namespace herald::policy {

// One policy set, as written and as compiled. Borrowed.
struct Judgement {
  const Reading* reading;
  const Program* program;
};

struct PathClass {
  std::vector<TestCase::Stop> stops;  // the peer last
  std::optional<Country> keys_held_in;
};

struct Classes {
  // Witnesses, the simplest first: few labels, facts known, no relay.
  std::vector<TestCase> calls;  // without a path
  std::vector<PathClass> paths;
  // What was taken in part: "calls: 100000 of 250000"; empty: nothing was.
  std::vector<std::string> bounds;
};

struct ClassLimits {
  size_t calls = 200'000;  // combinations looked at
  size_t nodes = 20'000;
  size_t paths = 2'000'000;
};

// Of what all of `sides` can tell apart together. Shadow policies and
// preferences, which give no verdict, are not looked at.
Classes ClassesOf(std::span<const Judgement> sides,
                  const ClassLimits& limits = {});

}  // namespace herald::policy
