// SPDX-License-Identifier: Apache-2.0
//
// RoutingPolicy, ClusterRoutingPolicy and Override.
#include <array>
#include <utility>

#include "policy/parse_moment.h"
#include "policy/parse_object.h"
#include "policy/parse_rule.h"
#include "policy/parse_where.h"

namespace herald::policy {
namespace {

using yaml::Choice;
using yaml::MapReader;
using yaml::Problems;

constexpr std::array<Choice<Mode>, 2> kModes = {
    Choice<Mode>{"Enforce", Mode::kEnforce}, {"Shadow", Mode::kShadow}};
constexpr std::array<Choice<Enforcement>, 2> kEnforcements = {
    Choice<Enforcement>{"Enforce", Enforcement::kEnforce},
    {"Observe", Enforcement::kObserve}};

// Observe lets through what would be refused: only a team's own calls, never
// all, and never for ever.
void ReadObserve(MapReader& spec, Policy& policy) {
  Problems& problems = spec.problems();
  const yaml::Node* at = spec.Optional("enforcement");
  const yaml::Node* until = spec.Optional("until");
  policy.enforcement = spec.Enum<Enforcement>("enforcement", kEnforcements)
                           .value_or(Enforcement::kEnforce);
  if (policy.enforcement == Enforcement::kEnforce) {
    bool said = at == nullptr || at->text == "Enforce";
    if (until != nullptr && said) {
      problems.Error(*until, "'until' is for enforcement: Observe",
                     "what is enforced has no end");
    }
    return;
  }
  if (policy.cluster || !policy.scope) {
    problems.Error(*at, "only a RoutingPolicy in a namespace can Observe",
                   "add namespace to metadata");
  } else if (policy.mode == Mode::kShadow) {
    problems.Error(*at, "a Shadow policy cannot Observe",
                   "a shadow is never applied: take one of the two out");
  }
  policy.until = ReadMoment(spec, "until", Words::kDateOrTime);
  if (until == nullptr) {
    problems.Error(*at, "enforcement: Observe needs 'until'",
                   "the day on which the namespace must be ready, as in "
                   "until: 2027-01-15");
  }
}

void ReadReplaces(MapReader& spec, Policy& policy) {
  const yaml::Node* node = spec.Optional("replaces");
  std::optional<std::string> name = spec.String("replaces");
  if (!name) return;
  policy.replaces = Text{*std::move(name), node->at};
  if (policy.mode == Mode::kShadow) return;
  spec.problems().Error(*node, "only a Shadow policy can replace another",
                        "mode: Shadow, or change the other policy itself");
}

void ReadWindow(MapReader& spec, Override& override) {
  const yaml::Node* until = spec.Required("until");
  spec.Required("from");
  std::optional<Moment> from = ReadMoment(spec, "from", Words::kTime);
  std::optional<Moment> end = ReadMoment(spec, "until", Words::kTime);
  if (!from || !end) return;
  override.from = *std::move(from);
  override.until = *std::move(end);
  if (override.until.time <= override.from.time) {
    spec.problems().Error(*until, "'until' is not after 'from'");
  } else if (override.until.time - override.from.time > Override::kLongest) {
    spec.problems().Error(*until, "an Override lasts at most 4 hours",
                          "what is needed for longer is a policy");
  }
}

}  // namespace

Policy ParsePolicy(MapReader& object, const Metadata& metadata, bool cluster) {
  Policy policy;
  policy.name = metadata.name;
  policy.notes = metadata.notes;
  policy.cluster = cluster;
  if (!cluster) policy.scope = metadata.scope;
  MapReader spec = object.RequiredMap("spec");
  policy.mode = spec.Enum<Mode>("mode", kModes).value_or(Mode::kEnforce);
  ReadReplaces(spec, policy);
  ReadObserve(spec, policy);
  if (policy.enforcement == Enforcement::kEnforce) spec.Required("rules");
  for (const yaml::Node& item : spec.List("rules")) {
    policy.rules.push_back(ParseRule(item, spec.problems()));
  }
  return policy;
}

Override ParseOverride(MapReader& object, const Metadata& metadata) {
  Override override;
  override.name = metadata.name;
  override.scope = metadata.scope;
  override.notes = metadata.notes;
  MapReader spec = object.RequiredMap("spec");
  if (!spec) return override;
  override.reason = spec.RequiredString("reason");
  ReadWindow(spec, override);
  override.lifts = FilledTexts(spec, "lifts").value_or(Texts{});
  for (const yaml::Node& item : spec.List("rules")) {
    override.rules.push_back(ParsePermit(item, spec.problems()));
  }
  if (spec.Optional("lifts") == nullptr && override.rules.empty()) {
    spec.problems().Error(spec.at(), "an Override needs 'lifts' or 'rules'",
                          "name the Forbids that are lifted, or add Permits");
  }
  return override;
}

}  // namespace herald::policy
