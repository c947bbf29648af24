// SPDX-License-Identifier: Apache-2.0
//
// The truth of atoms for one call on one path, one by one: what judge.h walks
// and what node_view.h and inquiry.h gather into bits.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "policy/judge.h"

namespace herald::policy {

// What a call is to a Program: names looked up once.
struct CallFacts {
  static constexpr int kEverywhere = -1;  // the caller has no namespace
  static constexpr int kNowhere = -2;     // one that no policy is in

  LabelBits labels = 0;  // closed
  // The first label that the Program does not know; empty when it knows all.
  std::string_view strange_label;
  uint64_t endorsements = 0;
  int scope = kEverywhere;
  // The caller is known to be in a namespace that is observed now.
  bool observed = false;
};

CallFacts FactsOf(const Program& program, const Call& call);

// Does what is of `scope` concern the call? A caller without a namespace is
// concerned by all.
inline bool InScope(const CallFacts& facts, int scope) {
  return scope < 0 || facts.scope == CallFacts::kEverywhere ||
         scope == facts.scope;
}

// Is that Override in force for the call? Never for one that does not say when
// it is.
bool IsOpen(const Program& program, const Call& call, const CallFacts& facts,
            uint32_t override);

// Lives for one question; borrows everything.
class Walk {
 public:
  struct Answer {
    Truth truth;
    int node = -1;  // which node decided, where one did
  };

  Walk(const Call& call, const Path& path, const CallFacts& facts)
      : call_(call), path_(path), facts_(facts) {}

  Answer Test(const Atom& atom) const;
  bool end_to_end() const;  // no relay on the path sees clear text

 private:
  Answer TestAll(const Atom& atom, bool process) const;
  Answer TestAny(const Atom& atom, bool process) const;

  const Call& call_;
  const Path& path_;
  const CallFacts& facts_;
};

Truth TestFact(const NodeFact& fact, const Node& node);
// REQUIRES: an atom about the call alone.
Truth TestCall(const Atom& atom, const Call& call, const CallFacts& facts);
// REQUIRES: kKeysHeldIn, kRetention.
Truth TestKeys(const Atom& atom, std::optional<Country> held_in);
Truth TestRetention(const Atom& atom, const Node& peer);

}  // namespace herald::policy
