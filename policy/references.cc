// SPDX-License-Identifier: Apache-2.0
#include "policy/references.h"

#include <string>
#include <vector>

namespace herald::policy {
namespace {

using yaml::Problems;

std::string DidYouMean(const std::string& word,
                       const std::vector<std::string>& known) {
  std::string nearest = Nearest(word, known);
  return nearest.empty() ? "" : "did you mean '" + nearest + "'?";
}

void CheckReplaces(const Policy& shadow, const PolicySet& set, Files& files) {
  if (!shadow.replaces) return;
  const Text& name = *shadow.replaces;
  std::vector<std::string> known;
  for (const Policy& policy : set.policies) {
    bool sibling =
        policy.cluster == shadow.cluster && policy.scope == shadow.scope;
    if (!sibling || policy.mode != Mode::kEnforce) continue;
    if (policy.name.text == name.text) return;
    known.push_back(policy.name.text);
  }
  std::string kind = shadow.cluster ? "ClusterRoutingPolicy" : "RoutingPolicy";
  std::string where =
      shadow.scope ? " in namespace '" + *shadow.scope + "'" : "";
  files[shadow.file]->Error(name.at,
                            "there is no enforced " + kind + " '" + name.text +
                                "'" + where + " to replace",
                            DidYouMean(name.text, known));
}

// Every enforced rule of that name must be a Forbid: with one of another
// effect beside it, what is meant would be anybody's guess.
void CheckLifted(const Text& name, const PolicySet& set, Problems& problems) {
  bool found = false;
  bool other = false;
  std::vector<std::string> known;
  for (const Policy& policy : set.policies) {
    if (policy.mode != Mode::kEnforce) continue;
    for (const Rule& rule : policy.rules) {
      std::string full = policy.name.text + "/" + rule.id.text;
      bool forbid = rule.effect == Effect::kForbid;
      if (forbid) known.push_back(full);
      if (full != name.text) continue;
      found = true;
      other |= !forbid;
    }
  }
  if (!found) {
    problems.Error(name.at, "there is no enforced rule '" + name.text + "'",
                   DidYouMean(name.text, known));
  } else if (other) {
    problems.Error(name.at, "'" + name.text + "' is no Forbid",
                   "only a Forbid can be lifted");
  }
}

}  // namespace

void CheckReferences(const PolicySet& set, Files& files) {
  for (const Policy& policy : set.policies) CheckReplaces(policy, set, files);
  for (const Override& override : set.overrides) {
    for (const Text& name : override.lifts) {
      CheckLifted(name, set, *files[override.file]);
    }
  }
}

}  // namespace herald::policy
