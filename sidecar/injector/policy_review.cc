// SPDX-License-Identifier: Apache-2.0
#include "sidecar/injector/policy_review.h"

#include <utility>

#include "discovery/kubernetes/policy_texts.h"
#include "policy/parse.h"

namespace herald::injector {

bool IsPolicyKind(const std::string& kind) {
  return kubernetes::PluralOf(kind) != nullptr;
}

Issues FaultsOfPolicy(const json::Value& object) {
  const json::Object* members = object.if_object();
  if (members == nullptr) return {{.text = "is no object"}};
  // As the sidecars will read it, so the lines are the same.
  kubernetes::PolicyObject read = kubernetes::ReadPolicyObject(*members);
  yaml::Problems problems(read.Label(), std::move(read.text));
  policy::PolicySet set;
  policy::Parse(problems, 0, set);
  return problems.issues();
}

}  // namespace herald::injector
