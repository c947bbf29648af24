// SPDX-License-Identifier: Apache-2.0
//
// One rule to its atoms, cheapest first: labels, names, patterns, then the
// path. Only compile.cc includes this header.
#pragma once

#include <string>
#include <vector>

#include "policy/compile.h"

namespace herald::policy {

// Lives while a Program is built; borrows all it is given.
class RuleCompiler {
 public:
  RuleCompiler(const Vocabulary& words, const LabelTable& labels,
               const std::vector<std::string>& endorsements,
               const Discharge& discharge)
      : words_(words),
        labels_(labels),
        endorsements_(endorsements),
        discharge_(discharge) {}

  // Everything but the name, mode and scope, which are the policy's.
  CompiledRule Compile(const Rule& rule) const;

 private:
  void AddWhen(const When& when, std::vector<Atom>& atoms) const;
  void AddWhere(const Where& where, std::vector<Atom>& atoms) const;
  void AddObligationAtoms(const Rule& rule, std::vector<Atom>& atoms) const;
  std::vector<NodeFact> Facts(const NodeTest& test) const;
  NodeFact CountryFact(NodeFact::Kind kind, const char* name,
                       const Texts& names) const;
  CountryBits Countries(const Texts& names) const;
  LabelBits Labels(const Texts& names) const;
  uint64_t Endorsements(const Texts& names) const;
  std::vector<std::string> NotDischargeable(const Obligations& asked) const;

  const Vocabulary& words_;
  const LabelTable& labels_;
  const std::vector<std::string>& endorsements_;
  const Discharge& discharge_;
};

}  // namespace herald::policy
