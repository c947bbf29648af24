// SPDX-License-Identifier: Apache-2.0
#include "policy/program_facts.h"

#include <algorithm>
#include <utility>

#include "core/base/calendar.h"

namespace herald::policy {
namespace {

class Describer {
 public:
  explicit Describer(ProgramFacts& facts) : facts_(facts) {}

  // A kind, for what every object has.
  template <typename Kind>
  ProgramFacts::Object& Add(const char* kind, const Kind& object) {
    ProgramFacts::Object& added = facts_.objects.emplace_back();
    added.kind = kind;
    added.name = object.name.text;
    added.file = FileOf(object.file);
    added.notes = object.notes;
    return added;
  }

  void Add(const Policy& policy) {
    ProgramFacts::Object& added =
        Add(policy.cluster ? "ClusterRoutingPolicy" : "RoutingPolicy", policy);
    added.scope = policy.scope;
    added.mode = policy.mode;
    if (policy.enforcement != Enforcement::kObserve) return;
    facts_.observed.push_back(
        {*policy.scope, policy.name.text, policy.until->time});
  }

  void Add(const Override& override) {
    Add("Override", override).scope = override.scope;
    ProgramFacts::Window& window = facts_.overrides.emplace_back();
    window.override = override.name.text;
    window.scope = override.scope;
    window.reason = override.reason;
    window.from = override.from.time;
    window.until = override.until.time;
    for (const Text& name : override.lifts) window.lifts.push_back(name.text);
    for (const Rule& rule : override.rules) {
      window.rules.push_back(override.name.text + "/" + rule.id.text);
    }
  }

  void Add(const JurisdictionSet& set) {
    Add("JurisdictionSet", set);
    if (!set.review_by) return;
    facts_.reviews.push_back(
        {set.name.text, FileOf(set.file), set.review_by->text});
  }

 private:
  std::string FileOf(size_t file) const {
    return file < facts_.files.size() ? facts_.files[file] : "";
  }

  ProgramFacts& facts_;
};

}  // namespace

bool ProgramFacts::Observes(std::string_view scope, WallTime at) const {
  return std::any_of(observed.begin(), observed.end(), [&](const auto& one) {
    return one.scope == scope && at <= one.until;
  });
}

bool ProgramFacts::MayNewlyDeny(WallTime at) const {
  return std::any_of(objects.begin(), objects.end(), [&](const auto& object) {
    auto note = object.notes.annotations.find(kMayNewlyDeny);
    if (note == object.notes.annotations.end()) return false;
    std::optional<WallTime> day = ParseDate(note->second);
    return day && at < *day + std::chrono::hours(24);
  });
}

void Describe(const PolicySet& set, ProgramFacts& facts) {
  Describer describer(facts);
  for (const Policy& policy : set.policies) describer.Add(policy);
  for (const Override& override : set.overrides) describer.Add(override);
  for (const LabelSchema& schema : set.schemas) {
    describer.Add("LabelSchema", schema);
  }
  for (const JurisdictionSet& sets : set.jurisdictions) describer.Add(sets);
}

}  // namespace herald::policy
