// SPDX-License-Identifier: Apache-2.0
#include "policy/reference/evaluate.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

namespace herald::policy::reference {
namespace {

using Names = std::set<std::string>;
using Name = std::optional<std::string_view>;

// In this order "all of them" is the least and "some of them" the greatest.
enum Fact { kFalse, kUnknown, kTrue };
using Facts = std::vector<Fact>;

Fact Is(bool holds) { return holds ? kTrue : kFalse; }

// What was not asked holds; of what nobody stated nothing is known.
Fact Ask(bool asked, bool known, bool holds) {
  return !asked ? kTrue : !known ? kUnknown : Is(holds);
}

Names Set(const Texts& texts) {
  Names names;
  for (const Text& text : texts) names.insert(text.text);
  return names;
}

Names Set(const OptionalTexts& texts) { return texts ? Set(*texts) : Names(); }

bool Has(const Names& names, const std::string& name) {
  return names.count(name) > 0;
}

bool Meet(const Names& a, const Names& b) {
  return std::any_of(a.begin(), a.end(),
                     [&](const std::string& name) { return Has(b, name); });
}

bool IsSubset(const Names& a, const Names& b) {
  return std::includes(b.begin(), b.end(), a.begin(), a.end());
}

// `*` is any run of characters.
bool Matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  bool star = pattern[0] == '*';
  if (star && Matches(pattern.substr(1), text)) return true;
  return !text.empty() && (star || pattern[0] == text[0]) &&
         Matches(pattern.substr(star ? 0 : 1), text.substr(1));
}

// An empty text is one that nobody stated.
Fact SomeMatches(const OptionalTexts& patterns, Name text) {
  bool some = false;
  for (const std::string& pattern : Set(patterns)) {
    some = some || Matches(pattern, text.value_or(""));
  }
  return Ask(patterns.has_value(), !text.value_or("").empty(), some);
}

Fact IsIn(const OptionalTexts& names, Name name) {
  return Ask(names.has_value(), !name.value_or("").empty(),
             Has(Set(names), std::string(name.value_or(""))));
}

bool SeesClearText(const Node& node) { return !node.relay || node.terminates; }

struct Evaluation {
  const PolicySet& set;
  const Discharge& discharge;
  const Call& call;
  const Path& path;
  Names endorsements =
      Names(call.endorsements.begin(), call.endorsements.end());
  Names labels = Names(call.labels.begin(), call.labels.end());
  Names known = {"unlabelled"}, open;  // labels of the schemas; uncontrolled
  Names forbids, permits, granted, unmet;
  // By label: the covering permit with the fewest conditions that do not hold.
  std::map<std::string, std::pair<long, std::string>> closest;
  Obligations obligations;

  // The labels and all that they imply.
  void Close() {
    if (labels.empty()) labels.insert("unlabelled");
    for (size_t before = 0; before != labels.size();) {
      before = labels.size();
      for (const LabelSchema& schema : set.schemas) {
        for (const LabelDeclaration& label : schema.labels) {
          known.insert(label.name.text);
          if (!label.controlled) open.insert(label.name.text);
          if (Has(labels, label.name.text)) labels.merge(Set(label.implies));
        }
      }
    }
  }

  // The countries of sets and codes; a set's name comes first.
  Names Countries(const Texts& names) const {
    Names countries;
    for (const Text& name : names) {
      bool is_set = false;
      for (const JurisdictionSet& jurisdictions : set.jurisdictions) {
        for (const CountrySetDeclaration& one : jurisdictions.sets) {
          if (one.name.text != name.text) continue;
          is_set = true;
          countries.merge(Set(one.codes));
          countries.merge(Countries(one.union_of));
        }
      }
      if (!is_set) countries.insert(name.text);
    }
    return countries;
  }

  Fact IsIn(const OptionalTexts& sets, std::optional<Country> country) const {
    bool holds = sets && country && Has(Countries(*sets), country->ToString());
    return Ask(sets.has_value(), country.has_value(), holds);
  }

  // One fact for each thing that can be asked of a node.
  Facts Of(const NodeTest& test, const Site& site) const {
    Names control, assurance;
    if (site.operator_control) {
      for (Country c : *site.operator_control) control.insert(c.ToString());
    }
    if (site.assurance)
      assurance = {site.assurance->begin(), site.assurance->end()};
    auto only_in = [&](const OptionalTexts& sets) {
      return sets && !control.empty() && IsSubset(control, Countries(*sets));
    };
    auto of_control = [&](const OptionalTexts& asked, bool holds) {
      return Ask(asked.has_value(), site.operator_control.has_value(), holds);
    };
    const auto& any_of = test.control_any_of;
    return {
        IsIn(test.countries_in, site.country),
        of_control(test.control_only_in, only_in(test.control_only_in)),
        of_control(test.control_not_only_in,
                   !only_in(test.control_not_only_in)),
        of_control(any_of, any_of && Meet(control, Countries(*any_of))),
        Ask(test.tiers.has_value(), site.tier.has_value(),
            test.tiers && site.tier &&
                std::count(test.tiers->begin(), test.tiers->end(), *site.tier)),
        Ask(test.assurance_all_of.has_value(), site.assurance.has_value(),
            IsSubset(Set(test.assurance_all_of), assurance)),
        Ask(test.attestation_min.has_value(), site.attestation.has_value(),
            site.attestation >= test.attestation_min)};
  }

  // For each fact whether every such node has it.
  void AddEvery(const std::optional<NodeTest>& test, bool process,
                Facts& facts) const {
    if (!test) return;
    Facts every = Of(NodeTest{}, Site{});  // nothing asked: all hold
    for (const Node& node : path.nodes) {
      if (SeesClearText(node) != process) continue;
      Facts here = Of(*test, *node.site);
      for (size_t i = 0; i < here.size(); ++i)
        every[i] = std::min(every[i], here[i]);
    }
    facts.insert(facts.end(), every.begin(), every.end());
  }

  // Whether one node has all the facts.
  void AddSome(const std::optional<NodeTest>& test, bool only_process,
               Facts& facts) const {
    if (!test) return;
    Fact some = kFalse;
    for (const Node& node : path.nodes) {
      if (only_process && !SeesClearText(node)) continue;
      Facts here = Of(*test, *node.site);
      some = std::max(some, *std::min_element(here.begin(), here.end()));
    }
    facts.push_back(some);
  }

  bool EndToEnd() const {
    return std::none_of(
        path.nodes.begin(), path.nodes.end(),
        [](const Node& node) { return node.relay && SeesClearText(node); });
  }

  // All conditions of a rule.
  Facts Of(const Rule& rule) const {
    const When& when = rule.when;
    auto some_of = [](const OptionalTexts& names, const Names& has) {
      return Is(!names || Meet(Set(names), has));
    };
    Facts facts = {SomeMatches(when.callers, call.caller),
                   SomeMatches(when.callees, call.callee),
                   SomeMatches(when.skills, call.skill),
                   reference::IsIn(when.purposes, call.purpose),
                   reference::IsIn(when.legal_basis, call.legal_basis),
                   some_of(when.endorsements_any_of, endorsements),
                   Is(IsSubset(Set(when.endorsements_all_of), endorsements)),
                   some_of(when.labels_any_of, labels),
                   Is(IsSubset(Set(when.labels_all_of), labels))};
    if (!rule.where) return facts;
    AddEvery(rule.where->process, true, facts);
    AddEvery(rule.where->transit, false, facts);
    AddSome(rule.where->any_node, false, facts);
    AddSome(rule.where->any_process, true, facts);
    facts.push_back(Is(!rule.where->end_to_end || EndToEnd()));
    facts.push_back(IsIn(rule.where->keys_held_in, path.keys_held_in));
    return facts;
  }

  // How many obligations nobody discharges. That a rule both asks for a path
  // without clear text between and demands one counts once.
  long Unmet(const Rule& rule) const {
    const Obligations& o = rule.obligations;
    bool asked = rule.where && rule.where->end_to_end;
    return (o.encrypt_end_to_end && !asked && !EndToEnd()) +
           (!o.meters.empty() && !discharge.meter) +
           (o.retain && discharge.retain == Discharge::Retain::kNobody) +
           (!o.redact.empty() && !discharge.redact) +
           (!o.notify.empty() && !discharge.notify);
  }

  bool InForce(const Policy& policy, bool with_shadow) const {
    if (policy.mode == Mode::kShadow && !with_shadow) return false;
    return !policy.scope || !call.caller_namespace ||
           *policy.scope == *call.caller_namespace;
  }

  void WeighPermit(const Rule& rule, const std::string& name,
                   const Facts& facts) {
    long held = std::count(facts.begin(), facts.end(), kTrue);
    std::pair failed(static_cast<long>(facts.size()) - held + Unmet(rule),
                     name);
    for (const std::string& label : Set(rule.covers)) {
      if (!Has(labels, label)) continue;
      auto at = closest.emplace(label, failed).first;
      at->second = std::min(at->second, failed);
      if (failed.first > 0) continue;
      permits.insert(name);
      granted.insert(label);
      obligations.Join(rule.obligations);
    }
  }

  void Weigh(const Rule& rule, const std::string& name) {
    Facts facts = Of(rule);
    if (rule.effect == Effect::kPrefer) return;
    if (rule.effect == Effect::kPermit) return WeighPermit(rule, name, facts);
    if (std::count(facts.begin(), facts.end(), kFalse) > 0) return;
    if (Meet(Set(rule.unless_endorsed), endorsements)) return;
    if (rule.effect == Effect::kForbid) forbids.insert(name);
    if (Unmet(rule) > 0) unmet.insert(name);
    obligations.Join(rule.obligations);
  }

  Answer Decide(bool with_shadow) {
    Answer answer;
    Close();
    if (set.policies.empty() || path.nodes.empty()) return answer;
    if (!set.schemas.empty() && !IsSubset(labels, known)) return answer;
    for (const Policy& policy : set.policies) {
      if (!InForce(policy, with_shadow)) continue;
      for (const Rule& rule : policy.rules) {
        Weigh(rule, policy.name.text + "/" + rule.id.text);
      }
    }
    answer.rules = forbids;
    if (!forbids.empty()) return answer;
    for (const std::string& label : labels) {
      if (Has(open, label) || Has(granted, label)) continue;
      answer.unpermitted.insert(label);
      if (closest.count(label) > 0) answer.rules.insert(closest[label].second);
    }
    if (!answer.unpermitted.empty()) return answer;
    answer.rules = unmet;
    if (!unmet.empty()) return answer;
    answer.permit = true;
    answer.rules = permits;
    answer.obligations = obligations;
    return answer;
  }
};

}  // namespace

Answer Evaluate(const PolicySet& set, const Discharge& discharge,
                const Call& call, const Path& path, bool with_shadow) {
  return Evaluation{set, discharge, call, path}.Decide(with_shadow);
}

}  // namespace herald::policy::reference
