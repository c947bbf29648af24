// SPDX-License-Identifier: Apache-2.0
//
// How much of the policies their tests would notice a change of. A rule is
// covered when it decided both ways: once it made a verdict what it was, and
// once its not holding did. An atom is covered when it was seen with each
// truth it can have.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "core/base/issue.h"
#include "policy/judge.h"
#include "policy/load.h"
#include "policy/question.h"

namespace herald::policy {

// What is missing of one rule.
struct CoverageGap {
  struct Atom {
    std::string name;
    std::string expected;
    std::vector<Truth> missing;
  };
  std::string file;
  Position at;
  std::string rule;  // "policy/rule"
  Effect effect = Effect::kPermit;
  bool never_held = false;    // no verdict came of its matching or firing
  bool never_failed = false;  // none came of its not doing so
  std::vector<Atom> atoms;
};

struct CoverageReport {
  size_t rules = 0;
  size_t rules_both_ways = 0;
  size_t atoms = 0;
  size_t atoms_seen = 0;          // with every truth they can have
  std::vector<CoverageGap> gaps;  // by file and line
};

// "policy.yaml:12:5: p/eea: never permitted a call\n" and so on.
std::string Render(const CoverageGap& gap);
// "coverage: 17 of 20 rules both ways, 41 of 60 atoms"
std::string Summary(const CoverageReport& report);

// Gathers over all cases of all test files; those that share a policy file add
// up. Prefer rules decide nothing and are not counted.
class Coverage {
 public:
  // Cases that follow are judged by `program`, which was made of `reading` and
  // outlives them.
  void Begin(const Reading& reading, const Program& program);
  // REQUIRES: Begin was called.
  void Ask(const Call& call, const Path& path);

  CoverageReport Report() const;

 private:
  using Key = std::tuple<std::string, int, std::string>;  // file, line, rule
  struct Seen {
    std::string name;
    std::string expected;
    uint8_t possible = 0;  // a bit for each Truth
    uint8_t seen = 0;
  };
  struct Entry {
    Position at;
    Effect effect = Effect::kPermit;
    bool can_fail = false;
    bool held = false;
    bool failed = false;
    std::vector<Seen> atoms;  // as the rule's, then unlessEndorsed
  };
  // One rule of `program_` in one question.
  struct Heard {
    bool heard = false;
    Truth truth = Truth::kFalse;
    std::vector<Truth> atoms;
  };
  class Ear;

  void Weigh(const Call& call, const Path& path, Extent extent);
  void Note(const CompiledRule& rule, const Heard& heard, const Call& call,
            const Decision& decision, Entry& entry) const;
  void NoteWay(const CompiledRule& rule, const Heard& heard,
               const Decision& decision, Entry& entry) const;
  bool InScope(const CompiledRule& rule, const Call& call) const;
  bool IsLifted(const CompiledRule& rule, const Call& call) const;

  std::map<Key, Entry> entries_;
  const Program* program_ = nullptr;
  std::vector<Entry*> current_;  // by rule of `program_`; null: not counted
};

}  // namespace herald::policy
