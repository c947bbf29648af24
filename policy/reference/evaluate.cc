// SPDX-License-Identifier: Apache-2.0
#include "policy/reference/evaluate.h"

#include <algorithm>
#include <map>

#include "policy/reference/sets.h"

namespace herald::policy::reference {
namespace {

bool SeesClearText(const Node& node) { return !node.relay || node.terminates; }

struct Evaluation {
  const PolicySet& set;
  const Discharge& discharge;
  const Call& call;
  const Path& path;
  const bool with_shadow;
  const bool end_to_end = !Any(path.nodes, [](const Node& node) {
    return node.relay && node.terminates;
  });
  Names endorsements{call.endorsements.begin(), call.endorsements.end()};
  Names labels{call.labels.begin(), call.labels.end()};
  Names known = {"unlabelled"}, uncontrolled;  // labels of the schemas
  Names forbids, permits, unmet, overrides;
  // A Forbid for the whole cluster fires; one fires that cuts streams; the
  // caller's namespace is observed.
  bool guarded = false, cuts = false, observed = false;
  std::map<std::string, Names> lifted;  // by Forbid: the Overrides that lift it
  // By label: covering permits, and how many conditions of them do not hold.
  std::map<std::string, std::set<std::pair<long, std::string>>> covering;
  Obligations obligations;

  // What the call bears, the floors under it, and all that they imply. Who says
  // nothing, or what is not for him to say, is unlabelled.
  void TakeLabels() {
    Names sure;
    for (const LabelSchema& schema : set.schemas) {
      for (const LabelFloor& floor : schema.floors) {
        Fact here = std::min({IsAmong(floor.callers, call.caller),
                              IsAmong(floor.callees, call.callee),
                              IsAmong(floor.skills, call.skill)});
        if (here == kTrue) sure.merge(Set(floor.labels));
        if (here != kFalse) labels.merge(Set(floor.labels));
      }
    }
    if (call.labels.empty() && sure.empty()) labels.insert("unlabelled");
    const Names borne = labels;
    for (size_t before = 0; before != labels.size();) {
      before = labels.size();
      for (const LabelSchema& schema : set.schemas) {
        for (const LabelDeclaration& label : schema.labels) {
          const std::string& name = label.name.text;
          known.insert(name);
          if (!label.controlled) uncontrolled.insert(name);
          bool his = IsAmong(label.may_assert, call.caller) == kTrue;
          bool word = Has(borne, name) && !Has(sure, name);
          if (word && !his) labels.insert("unlabelled");
          if (Has(labels, name)) labels.merge(Set(label.implies));
        }
      }
    }
  }

  // The countries of sets and codes; a set's name comes first.
  Names Countries(const OptionalTexts& names) const {
    Names countries = Set(names);
    for (const JurisdictionSet& jurisdictions : set.jurisdictions) {
      for (const CountrySetDeclaration& one : jurisdictions.sets) {
        if (!Has(Set(names), one.name.text)) continue;
        countries.erase(one.name.text);
        countries.merge(Set(one.codes));
        countries.merge(Countries(one.union_of));
      }
    }
    return countries;
  }

  Fact IsIn(const OptionalTexts& sets, std::optional<Country> one) const {
    return Ask(sets, one, one && Has(Countries(sets), one->ToString()));
  }

  // One fact for each thing that can be asked of a node.
  Facts Of(const NodeTest& test, const Site& site) const {
    Names control, has;
    if (site.operator_control) {
      for (Country c : *site.operator_control) control.insert(c.ToString());
    }
    if (site.assurance) has = {site.assurance->begin(), site.assurance->end()};
    auto within = [&](const OptionalTexts& sets) {
      return !control.empty() && IsSubset(control, Countries(sets));
    };
    auto ask = [&](const OptionalTexts& sets, bool holds) {
      return Ask(sets, site.operator_control, holds);
    };
    auto same = [&](Tier tier) { return site.tier == tier; };
    const OptionalTexts& all_of = test.assurance_all_of;
    const std::optional<Attestation>& least = test.attestation_min;
    return {
        IsIn(test.countries_in, site.country),
        ask(test.control_only_in, within(test.control_only_in)),
        ask(test.control_not_only_in, !within(test.control_not_only_in)),
        ask(test.control_any_of, Meet(control, Countries(test.control_any_of))),
        Ask(test.tiers, site.tier, test.tiers && Any(*test.tiers, same)),
        Ask(all_of, site.assurance, IsSubset(Set(all_of), has)),
        Ask(least, site.attestation, site.attestation >= least)};
  }

  // Of every such node: for each fact whether all have it. Else whether some
  // one node has all the facts.
  void Add(const std::optional<NodeTest>& test, bool every, bool clear,
           bool opaque, Facts& facts) const {
    if (!test) return;
    Facts all(Of(*test, Site{}).size(), kTrue);
    Fact some = kFalse;
    for (const Node& node : path.nodes) {
      if (!(SeesClearText(node) ? clear : opaque)) continue;
      Facts at = Of(*test, *node.site);
      some = std::max(some, *std::min_element(at.begin(), at.end()));
      for (size_t i = 0; i < all.size(); ++i) all[i] = std::min(all[i], at[i]);
    }
    if (!every) all = {some};
    facts.insert(facts.end(), all.begin(), all.end());
  }

  // All conditions of a rule.
  Facts Of(const Rule& rule) const {
    const When& when = rule.when;
    auto any_of = [](const OptionalTexts& names, const Names& has) {
      return !names || Meet(Set(names), has) ? kTrue : kFalse;
    };
    auto all_of = [](const OptionalTexts& names, const Names& has) {
      return IsSubset(Set(names), has) ? kTrue : kFalse;
    };
    Facts facts = {IsAmong(when.callers, call.caller),
                   IsAmong(when.callees, call.callee),
                   IsAmong(when.skills, call.skill),
                   IsAmong(when.purposes, call.purpose, false),
                   IsAmong(when.legal_basis, call.legal_basis, false),
                   any_of(when.endorsements_any_of, endorsements),
                   all_of(when.endorsements_all_of, endorsements),
                   any_of(when.labels_any_of, labels),
                   all_of(when.labels_all_of, labels)};
    if (!rule.where) return facts;
    Add(rule.where->process, true, true, false, facts);
    Add(rule.where->transit, true, false, true, facts);
    Add(rule.where->any_node, false, true, true, facts);
    Add(rule.where->any_process, false, true, false, facts);
    facts.push_back(IsIn(rule.where->keys_held_in, path.keys_held_in));
    if (rule.where->end_to_end && !end_to_end) facts.push_back(kFalse);
    return facts;
  }

  // How many obligations nobody discharges. That a rule both asks for a path
  // without clear text between and demands one counts once.
  long Unmet(const Rule& rule) const {
    using Retain = Discharge::Retain;
    const Obligations& o = rule.obligations;
    bool asked = rule.where && rule.where->end_to_end;
    const Site& callee = *path.nodes.back().site;
    bool promised = discharge.retain == Retain::kByPromise &&
                    callee.retention && callee.retention <= o.retain;
    return (o.encrypt_end_to_end && !asked && !end_to_end) +
           (o.retain && !promised && discharge.retain != Retain::kAlways) +
           (!o.meters.empty() && !discharge.meter) +
           (!o.redact.empty() && !discharge.redact) +
           (!o.notify.empty() && !discharge.notify);
  }

  void Weigh(const Rule& rule, const std::string& name, bool cluster) {
    if (rule.effect == Effect::kPrefer) return;
    Facts facts = Of(rule);
    if (rule.effect == Effect::kPermit) {
      long held = std::count(facts.begin(), facts.end(), kTrue);
      long failed = static_cast<long>(facts.size()) - held + Unmet(rule);
      for (const std::string& label : Set(rule.covers)) {
        covering[label].emplace(failed, name);
      }
      if (failed > 0 || !Meet(Set(rule.covers), labels)) return;
      permits.insert(name);
    } else {
      if (std::count(facts.begin(), facts.end(), kFalse) > 0) return;
      if (Meet(Set(rule.unless_endorsed), endorsements)) return;
      if (lifted.count(name) > 0) return overrides.merge(lifted[name]);
      bool forbid = rule.effect == Effect::kForbid;
      if (forbid) forbids.insert(name);
      guarded |= forbid && cluster;
      cuts |= forbid && rule.on_change == OnChange::kCut;
      if (Unmet(rule) > 0) return void(unmet.insert(name));
    }
    obligations.Join(rule.obligations);
  }

  // Is it of this scope? A caller without a namespace is of all.
  bool Concerns(const std::optional<std::string>& scope) const {
    return !scope || !call.caller_namespace || scope == call.caller_namespace;
  }

  bool IsIdle(const Policy& policy) const {
    if (!with_shadow) return policy.mode == Mode::kShadow;
    return Any(set.policies, [&](const Policy& other) {
      return other.replaces && other.replaces->text == policy.name.text &&
             other.cluster == policy.cluster && other.scope == policy.scope;
    });
  }

  // Windows are open for a question with a time in them.
  bool IsOpen(const WallTime& from, const WallTime& until) const {
    return !with_shadow && call.at && from <= call.at && call.at <= until;
  }

  void WeighAll() {
    for (const Override& one : set.overrides) {
      if (!Concerns(one.scope)) continue;
      if (!IsOpen(one.from.time, one.until.time)) continue;
      for (const Text& lift : one.lifts)
        lifted[lift.text].insert(one.name.text);
      for (const Rule& rule : one.rules) {
        std::string name = one.name.text + "/" + rule.id.text;
        Weigh(rule, name, false);
        if (Has(permits, name)) overrides.insert(one.name.text);
      }
    }
    for (const Policy& policy : set.policies) {
      if (IsIdle(policy) || !Concerns(policy.scope)) continue;
      observed |= policy.enforcement == Enforcement::kObserve &&
                  policy.scope == call.caller_namespace &&
                  IsOpen(WallTime::min(), policy.until->time);
      for (const Rule& rule : policy.rules) {
        Weigh(rule, policy.name.text + "/" + rule.id.text, policy.cluster);
      }
    }
  }

  // What is said where nothing is observed.
  Answer Enforced() {
    if (!set.schemas.empty() && !IsSubset(labels, known)) {
      return {.code = "unknown-label"};
    }
    if (!forbids.empty()) return {.code = "forbidden", .rules = forbids};
    Answer answer{.code = "no-permit"};
    for (const std::string& label : labels) {
      auto permit = covering[label].begin();
      bool covered = permit != covering[label].end();
      if (Has(uncontrolled, label) || (covered && permit->first == 0)) continue;
      answer.unpermitted.insert(label);
      if (covered) answer.rules.insert(permit->second);
    }
    if (!answer.unpermitted.empty()) return answer;
    if (!unmet.empty()) return {.code = "unmet-obligation", .rules = unmet};
    return {true, overrides.empty() ? "permitted" : "overridden", permits};
  }

  Answer Decide() {
    if (set.policies.empty()) return {.code = "no-policy"};
    if (path.nodes.empty()) return {.code = "empty-path"};
    TakeLabels();
    WeighAll();
    Answer answer = Enforced();
    answer.labels = labels;
    answer.observed = !answer.permit && observed && !guarded;
    answer.permit |= answer.observed;
    answer.cuts = answer.code == "forbidden" && cuts && !answer.permit;
    if (!answer.permit) return answer;
    answer.overrides = overrides;
    answer.obligations = obligations;
    if (!answer.observed && overrides.empty()) return answer;
    answer.obligations.Join({.audit = Obligations::Audit::kDigest});
    return answer;
  }
};

}  // namespace

Answer Evaluate(const PolicySet& set, const Discharge& discharge,
                const Call& call, const Path& path, bool with_shadow) {
  return Evaluation{set, discharge, call, path, with_shadow}.Decide();
}

}  // namespace herald::policy::reference
