// SPDX-License-Identifier: Apache-2.0
//
// A site as a Program sees it: for each enforced rule whether the facts that
// the rule asks of a node hold there. Made once for each (Program, Site) and
// kept by whoever asks often; an Inquiry then decides a path by a few
// operations on words of 64 rules.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/base/site.h"
#include "policy/program.h"

namespace herald::policy {

// A value; keeps nothing of the Program or the Site.
class NodeView {
 public:
  // A bit for each rule at its position in the Plan. What a rule does not ask
  // holds.
  struct Word {
    // Permit: all of `process` is known to be so here. Forbid, Oblige: all of
    // `anyProcess` may be so.
    uint64_t clear = 0;
    // Permit: `transit`, likewise. Forbid, Oblige: `anyNode`.
    uint64_t other = 0;
    // Were this the peer: it promises the retention that is demanded.
    uint64_t peer = 0;
  };

  NodeView(const Program& program, const Site& site);

  const std::vector<Word>& words() const { return words_; }

 private:
  std::vector<Word> words_;
};

struct ViewedNode {
  bool relay = false;
  bool terminates = true;          // as in Node
  const NodeView* view = nullptr;  // never null
};

// As Path.
struct ViewedPath {
  std::span<const ViewedNode> nodes;
  std::optional<Country> keys_held_in;
};

}  // namespace herald::policy
