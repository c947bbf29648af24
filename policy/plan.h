// SPDX-License-Identifier: Apache-2.0
//
// The enforced rules of a Program laid out for speed: what one call decides
// alone is a short list of atoms, each evaluated once a call however many
// rules ask it; what a path decides is one bit a rule (node_view.h), so that
// 64 rules are weighed by a few operations. inquiry.h walks it. It says nothing
// that judge.h does not say; tests compare the two.
//
// A rule has a position. Forbids come first, then Permits, then Obliges, each
// from the beginning of a word of 64 positions.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "policy/labels.h"
#include "policy/program.h"

namespace herald::policy {

// Built with its Program, into which it points; then only read.
class Plan {
 public:
  // What a call alone asks of a rule, in the order of the cost.
  struct Entry {
    const CompiledRule* rule = nullptr;
    uint64_t lifted_by = 0;   // endorsements
    LabelBits covers = 0;     // Permit
    uint32_t first_atom = 0;  // into atom_ids()
    uint32_t end_atom = 0;
    int override = -1;
    bool lifted = false;         // some Override lifts it
    const Atom* keys = nullptr;  // keysHeldIn, where it asks for it
  };
  // What is the same for all calls, of 64 rules.
  struct Word {
    uint64_t end_to_end = 0;  // asks for a path without clear text between
    uint64_t keys = 0;        // asks where keys are held
    uint64_t cluster = 0;     // of a cluster policy
    uint64_t never = 0;       // Oblige: nobody here can meet it
  };
  // Words [begin, end).
  struct Range {
    uint32_t begin = 0;
    uint32_t end = 0;
  };
  // What a scan looks at before the rule itself: 16 bytes each, in a row.
  struct Slot {
    LabelBits gate;
    uint32_t position;
    int32_t scope;
  };

  explicit Plan(const std::vector<CompiledRule>& rules);
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  const std::vector<Entry>& entries() const { return entries_; }
  const std::vector<Word>& words() const { return words_; }
  Range forbids() const { return ranges_[0]; }
  Range permits() const { return ranges_[1]; }
  Range obliges() const { return ranges_[2]; }

  // The different atoms about calls, and for each Entry which of them.
  const std::vector<const Atom*>& atoms() const { return atoms_; }
  const std::vector<uint32_t>& atom_ids() const { return atom_ids_; }

  // fn(const Slot&) for every rule that may concern a call with `labels`.
  // Unknown callees (empty) and skills visit all, since Unknown may fire a
  // Forbid.
  template <typename Fn>
  void ForEach(std::string_view callee, std::optional<std::string_view> skill,
               LabelBits labels, Fn fn) const {
    for (LabelBits rest = labels; rest != 0; rest &= rest - 1) {
      for (const Slot& slot :
           by_label_[static_cast<size_t>(std::countr_zero(rest))]) {
        fn(slot);
      }
    }
    Scan(rest_, labels, fn);
    Scan(by_callee_, callee.empty() ? std::nullopt : std::optional(callee),
         labels, fn);
    Scan(by_skill_, skill, labels, fn);
  }

 private:
  using Slots = std::vector<Slot>;
  using Buckets = absl::flat_hash_map<std::string, Slots>;

  template <typename Fn>
  static void Scan(const Slots& slots, LabelBits labels, Fn& fn) {
    for (const Slot& slot : slots) {
      if (slot.gate == kNoGate || (slot.gate & labels) != 0) fn(slot);
    }
  }
  template <typename Fn>
  static void Scan(const Buckets& buckets, std::optional<std::string_view> key,
                   LabelBits labels, Fn& fn) {
    if (buckets.empty()) return;
    if (!key) {
      for (const auto& [name, slots] : buckets) Scan(slots, labels, fn);
    } else if (auto at =
                   buckets.find(absl::string_view(key->data(), key->size()));
               at != buckets.end()) {
      Scan(at->second, labels, fn);
    }
  }

  Range Place(const std::vector<CompiledRule>& rules, Effect effect);
  void PlaceOne(const CompiledRule& rule);
  void AddAtoms(const CompiledRule& rule, Entry& entry);
  void AddSlot(const CompiledRule& rule, uint32_t position);

  std::vector<Entry> entries_;  // by position
  std::vector<Word> words_;
  std::array<Range, 3> ranges_;
  std::vector<const Atom*> atoms_;
  std::vector<uint32_t> atom_ids_;
  // While it is built: the atoms by what they ask.
  absl::flat_hash_map<std::string, uint32_t> known_atoms_;
  Buckets by_callee_;  // rules with exactly one callee, without `*`
  Buckets by_skill_;   // of the others, those with exactly one such skill
  std::array<Slots, kMaxLabels> by_label_;  // of the others, by their one gate
  Slots rest_;
};

// Does the atom ask something of the call alone?
bool IsAboutCall(Atom::Kind kind);

}  // namespace herald::policy
