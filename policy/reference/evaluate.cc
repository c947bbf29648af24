// SPDX-License-Identifier: Apache-2.0
#include "policy/reference/evaluate.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

namespace herald::policy::reference {
namespace {

using Names = std::set<std::string>;
using Fact = std::optional<bool>;  // nullopt: unknown
using Atoms = std::vector<Fact>;

Names Set(const Texts& texts) {
  Names names;
  for (const Text& text : texts) names.insert(text.text);
  return names;
}

bool Disjoint(const Names& a, const Names& b) {
  return std::none_of(a.begin(), a.end(),
                      [&](const std::string& x) { return b.count(x) > 0; });
}

bool Subset(const Names& a, const Names& b) {
  return std::includes(b.begin(), b.end(), a.begin(), a.end());
}

// All true: true; some false: false; else unknown.
Fact All(const Atoms& atoms) {
  if (std::count(atoms.begin(), atoms.end(), Fact(false)) > 0) return false;
  if (std::count(atoms.begin(), atoms.end(), Fact()) > 0) return Fact();
  return true;
}

Fact Some(const Atoms& atoms) {
  if (std::count(atoms.begin(), atoms.end(), Fact(true)) > 0) return true;
  if (std::count(atoms.begin(), atoms.end(), Fact()) > 0) return Fact();
  return false;
}

// `*` is any run of characters.
bool Matches(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '*') {
    return Matches(pattern.substr(1), text) ||
           (!text.empty() && Matches(pattern, text.substr(1)));
  }
  return !text.empty() && pattern[0] == text[0] &&
         Matches(pattern.substr(1), text.substr(1));
}

Fact SomeMatches(const Texts& patterns, std::optional<std::string_view> text) {
  if (!text || text->empty()) return Fact();
  for (const Text& pattern : patterns) {
    if (Matches(pattern.text, *text)) return true;
  }
  return false;
}

Fact IsIn(const Texts& names, std::optional<std::string_view> text) {
  if (!text || text->empty()) return Fact();
  return Set(names).count(std::string(*text)) > 0;
}

class Evaluation {
 public:
  Evaluation(const PolicySet& set, const Discharge& discharge, const Call& call,
             const Path& path)
      : set_(set), discharge_(discharge), call_(call), path_(path) {
    for (const std::string& e : call.endorsements) endorsements_.insert(e);
    for (const std::string& label : call.labels) labels_.insert(label);
    if (labels_.empty()) labels_.insert("unlabelled");
    for (bool grew = true; grew;) {
      Names wider = labels_;
      for (const LabelSchema& schema : set.schemas) {
        for (const LabelDeclaration& label : schema.labels) {
          if (labels_.count(label.name.text) == 0) continue;
          for (const Text& implied : label.implies) wider.insert(implied.text);
        }
      }
      grew = wider != labels_;
      labels_ = wider;
    }
  }

  Answer Decide(bool with_shadow);

 private:
  // The countries of sets and codes; a set's name comes first.
  Names Countries(const Texts& names) const {
    Names countries;
    for (const Text& name : names) {
      bool found = false;
      for (const JurisdictionSet& jurisdictions : set_.jurisdictions) {
        for (const CountrySetDeclaration& one : jurisdictions.sets) {
          if (one.name.text != name.text) continue;
          found = true;
          countries.merge(Set(one.codes));
          countries.merge(Countries(one.union_of));
        }
      }
      if (!found) countries.insert(name.text);
    }
    return countries;
  }

  bool EndToEnd() const {
    return std::none_of(
        path_.nodes.begin(), path_.nodes.end(),
        [](const Node& node) { return node.relay && node.terminates; });
  }

  // One fact an entry, of one node.
  Atoms Of(const NodeTest& test, const Site& site) const {
    Atoms atoms;
    auto ask = [&](bool asked, bool known, auto holds) {
      if (asked) atoms.push_back(known ? Fact(holds()) : Fact());
    };
    Names control;
    if (site.operator_control) {
      for (Country c : *site.operator_control) control.insert(c.ToString());
    }
    auto only_in = [&](const OptionalTexts& sets) {
      return !control.empty() && Subset(control, Countries(*sets));
    };
    bool known = site.operator_control.has_value();
    ask(test.countries_in.has_value(), site.country.has_value(), [&] {
      return Countries(*test.countries_in).count(site.country->ToString()) > 0;
    });
    ask(test.control_only_in.has_value(), known,
        [&] { return only_in(test.control_only_in); });
    ask(test.control_not_only_in.has_value(), known,
        [&] { return !only_in(test.control_not_only_in); });
    ask(test.control_any_of.has_value(), known,
        [&] { return !Disjoint(control, Countries(*test.control_any_of)); });
    ask(test.tiers.has_value(), site.tier.has_value(), [&] {
      return std::count(test.tiers->begin(), test.tiers->end(), *site.tier) > 0;
    });
    ask(test.assurance_all_of.has_value(), site.assurance.has_value(), [&] {
      return Subset(Set(*test.assurance_all_of),
                    Names(site.assurance->begin(), site.assurance->end()));
    });
    ask(test.attestation_min.has_value(), site.attestation.has_value(),
        [&] { return *site.attestation >= *test.attestation_min; });
    return atoms;
  }

  // For each fact whether every such node has it.
  void AddEvery(const std::optional<NodeTest>& test, bool process,
                Atoms& atoms) const {
    if (!test) return;
    Atoms every(Of(*test, Site{}).size(), Fact(true));
    for (const Node& node : path_.nodes) {
      if ((!node.relay || node.terminates) != process) continue;
      Atoms here = Of(*test, *node.site);
      for (size_t i = 0; i < here.size(); ++i) {
        every[i] = All({every[i], here[i]});
      }
    }
    atoms.insert(atoms.end(), every.begin(), every.end());
  }

  // Whether one node has all the facts.
  void AddSome(const std::optional<NodeTest>& test, bool only_process,
               Atoms& atoms) const {
    if (!test) return;
    Atoms nodes;
    for (const Node& node : path_.nodes) {
      if (only_process && node.relay && !node.terminates) continue;
      nodes.push_back(All(Of(*test, *node.site)));
    }
    atoms.push_back(Some(nodes));
  }

  Atoms AtomsOf(const Rule& rule) const {
    Atoms atoms;
    const When& when = rule.when;
    if (when.callers) atoms.push_back(SomeMatches(*when.callers, call_.caller));
    if (when.callees) atoms.push_back(SomeMatches(*when.callees, call_.callee));
    if (when.skills) atoms.push_back(SomeMatches(*when.skills, call_.skill));
    if (when.purposes) atoms.push_back(IsIn(*when.purposes, call_.purpose));
    if (when.legal_basis) {
      atoms.push_back(IsIn(*when.legal_basis, call_.legal_basis));
    }
    auto any_of = [&](const OptionalTexts& names, const Names& has) {
      if (names) atoms.push_back(!Disjoint(Set(*names), has));
    };
    auto all_of = [&](const OptionalTexts& names, const Names& has) {
      if (names) atoms.push_back(Subset(Set(*names), has));
    };
    any_of(when.endorsements_any_of, endorsements_);
    all_of(when.endorsements_all_of, endorsements_);
    any_of(when.labels_any_of, labels_);
    all_of(when.labels_all_of, labels_);
    if (rule.where) {
      AddEvery(rule.where->process, true, atoms);
      AddEvery(rule.where->transit, false, atoms);
      AddSome(rule.where->any_node, false, atoms);
      AddSome(rule.where->any_process, true, atoms);
      if (rule.where->end_to_end) atoms.push_back(EndToEnd());
      if (rule.where->keys_held_in) {
        Names in = Countries(*rule.where->keys_held_in);
        atoms.push_back(path_.keys_held_in
                            ? Fact(in.count(path_.keys_held_in->ToString()) > 0)
                            : Fact());
      }
    }
    return atoms;
  }

  // The obligations that nobody discharges, one false atom each.
  Atoms Unmet(const Rule& rule) const {
    Atoms atoms;
    const Obligations& o = rule.obligations;
    bool asked = rule.where && rule.where->end_to_end;
    if (o.encrypt_end_to_end && !asked && !EndToEnd()) atoms.push_back(false);
    if (!o.meters.empty() && !discharge_.meter) atoms.push_back(false);
    if (o.retain && !discharge_.retain) atoms.push_back(false);
    if (!o.redact.empty() && !discharge_.redact) atoms.push_back(false);
    if (!o.notify.empty() && !discharge_.notify) atoms.push_back(false);
    return atoms;
  }

  void WeighPermit(const Rule& rule, const std::string& name);
  void WeighOther(const Rule& rule, const std::string& name);

  const PolicySet& set_;
  const Discharge& discharge_;
  const Call& call_;
  const Path& path_;
  Names endorsements_;
  Names labels_;  // closed
  Names forbids_, permits_, granted_, unmet_;
  // By label: the covering permit with the fewest atoms that are not true.
  std::map<std::string, std::pair<long, std::string>> closest_;
  Obligations obligations_;
};

void Evaluation::WeighPermit(const Rule& rule, const std::string& name) {
  Atoms atoms = AtomsOf(rule);
  for (Fact fact : Unmet(rule)) atoms.push_back(fact);
  auto held = std::count(atoms.begin(), atoms.end(), Fact(true));
  std::pair failed(static_cast<long>(atoms.size()) - held, name);
  bool matches = failed.first == 0;
  Names covers = Set(rule.covers);
  for (const std::string& label : labels_) {
    if (covers.count(label) == 0) continue;
    if (matches) permits_.insert(name), granted_.insert(label);
    auto at = closest_.emplace(label, failed).first;
    at->second = std::min(at->second, failed);
  }
  if (matches && !Disjoint(covers, labels_)) {
    obligations_.Join(rule.obligations);
  }
}

void Evaluation::WeighOther(const Rule& rule, const std::string& name) {
  if (All(AtomsOf(rule)) == Fact(false)) return;
  if (!Disjoint(Set(rule.unless_endorsed), endorsements_)) return;
  if (rule.effect == Effect::kForbid) forbids_.insert(name);
  if (rule.effect == Effect::kOblige && !Unmet(rule).empty()) {
    unmet_.insert(name);
  }
  obligations_.Join(rule.obligations);
}

Answer Evaluation::Decide(bool with_shadow) {
  Answer answer;
  Names known = {"unlabelled"};
  Names open;
  for (const LabelSchema& schema : set_.schemas) {
    for (const LabelDeclaration& label : schema.labels) {
      known.insert(label.name.text);
      if (!label.controlled) open.insert(label.name.text);
    }
  }
  if (set_.policies.empty() || path_.nodes.empty()) return answer;
  if (!set_.schemas.empty() && !Subset(labels_, known)) return answer;
  for (const Policy& policy : set_.policies) {
    bool applies = !policy.scope || !call_.caller_namespace ||
                   *policy.scope == *call_.caller_namespace;
    if (!applies || (policy.mode == Mode::kShadow && !with_shadow)) continue;
    for (const Rule& rule : policy.rules) {
      std::string name = policy.name.text + "/" + rule.id.text;
      if (rule.effect == Effect::kPermit) WeighPermit(rule, name);
      if (rule.effect == Effect::kForbid || rule.effect == Effect::kOblige) {
        WeighOther(rule, name);
      }
    }
  }
  answer.rules = forbids_;
  if (!forbids_.empty()) return answer;
  for (const std::string& label : labels_) {
    if (open.count(label) > 0 || granted_.count(label) > 0) continue;
    answer.unpermitted.insert(label);
    auto at = closest_.find(label);
    if (at != closest_.end()) answer.rules.insert(at->second.second);
  }
  if (!answer.unpermitted.empty()) return answer;
  answer.rules = unmet_;
  if (!unmet_.empty()) return answer;
  answer.permit = true;
  answer.rules = permits_;
  answer.obligations = obligations_;
  return answer;
}

}  // namespace

Answer Evaluate(const PolicySet& set, const Discharge& discharge,
                const Call& call, const Path& path, bool with_shadow) {
  return Evaluation(set, discharge, call, path).Decide(with_shadow);
}

}  // namespace herald::policy::reference
