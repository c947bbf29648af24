// SPDX-License-Identifier: Apache-2.0
#include "policy/check.h"

#include <utility>

#include "policy/references.h"

namespace herald::policy {
namespace {

using yaml::Problems;

// A bound for what is kept as bits beside labels: endorsements.
constexpr size_t kMaxEndorsements = 64;

std::string DidYouMean(std::string_view word,
                       const std::vector<std::string>& known) {
  std::string nearest = Nearest(word, known);
  return nearest.empty() ? "" : "did you mean '" + nearest + "'?";
}

// Checks the words of the rules of one policy.
class RuleChecker {
 public:
  RuleChecker(const Vocabulary& words, Problems& problems,
              std::set<std::string>& endorsements)
      : words_(words), problems_(problems), endorsements_(endorsements) {}

  void Check(const Rule& rule) {
    Labels(rule.covers);
    Labels(rule.when.labels_any_of);
    Labels(rule.when.labels_all_of);
    Purposes(rule.when.purposes);
    Endorsements(rule.when.endorsements_any_of);
    Endorsements(rule.when.endorsements_all_of);
    Endorsements(rule.unless_endorsed);
    if (rule.where) {
      Nodes(rule.where->process);
      Nodes(rule.where->transit);
      Nodes(rule.where->any_node);
      Nodes(rule.where->any_process);
      Countries(rule.where->keys_held_in);
    }
    if (rule.effect == Effect::kPermit) WarnOfAnywhere(rule);
  }

 private:
  void Labels(const OptionalTexts& labels) {
    if (!labels || !words_.has_schema) return;
    for (const Text& label : *labels) {
      if (words_.labels.Find(label.text)) continue;
      std::vector<std::string> known;
      for (int i = 0; i < words_.labels.size(); ++i) {
        known.push_back(words_.labels.name(i));
      }
      problems_.Error(label.at,
                      "label '" + label.text + "' is in no LabelSchema",
                      DidYouMean(label.text, known));
    }
  }

  void Purposes(const OptionalTexts& purposes) {
    if (!purposes || !words_.purposes) return;
    for (const Text& purpose : *purposes) {
      if (words_.purposes->count(purpose.text) > 0) continue;
      problems_.Error(
          purpose.at, "purpose '" + purpose.text + "' is in no LabelSchema",
          DidYouMean(purpose.text,
                     {words_.purposes->begin(), words_.purposes->end()}));
    }
  }

  void Endorsements(const OptionalTexts& endorsements) {
    if (!endorsements) return;
    for (const Text& one : *endorsements) {
      endorsements_.insert(one.text);
      if (endorsements_.size() == kMaxEndorsements + 1) {
        problems_.Error(one.at, "policies name more than 64 endorsements");
      }
      if (!words_.has_schema || words_.endorsements.count(one.text) > 0) {
        continue;
      }
      problems_.Error(
          one.at, "endorsement '" + one.text + "' is in no LabelSchema",
          DidYouMean(one.text,
                     {words_.endorsements.begin(), words_.endorsements.end()}));
    }
  }

  void Countries(const OptionalTexts& names) {
    if (!names) return;
    for (const Text& name : *names) {
      if (words_.Countries(name.text)) continue;
      std::string hint = HintForCode(name.text);
      if (hint.empty()) {
        std::vector<std::string> known;
        for (const auto& [set, bits] : words_.sets) known.push_back(set);
        hint = DidYouMean(name.text, known);
      }
      problems_.Error(name.at,
                      "'" + name.text +
                          "' is neither a set of a JurisdictionSet nor an "
                          "assigned ISO 3166-1 code",
                      hint);
    }
  }

  void Nodes(const std::optional<NodeTest>& test) {
    if (!test) return;
    Countries(test->countries_in);
    Countries(test->control_only_in);
    Countries(test->control_not_only_in);
    Countries(test->control_any_of);
  }

  void WarnOfAnywhere(const Rule& rule) {
    if (rule.where) return;  // `where: {}` says it in as many words
    for (const Text& label : rule.covers) {
      std::optional<int> known = words_.labels.Find(label.text);
      bool controlled =
          !known || (words_.labels.controlled() & LabelBit(*known)) != 0;
      if (!controlled || label.text == kUnlabelled) continue;
      problems_.Warning(
          rule.id.at,
          "rule '" + rule.id.text + "' permits '" + label.text + "' anywhere",
          "add 'where', or where: {} to say that it is meant");
      return;
    }
  }

  const Vocabulary& words_;
  Problems& problems_;
  std::set<std::string>& endorsements_;
};

void CheckOpenLabels(const PolicySet& set, const Vocabulary& words,
                     Files& files) {
  if (words.has_schema) return;
  // Without a schema the policies' own words are the labels.
  std::set<std::string> seen = {std::string(kUnlabelled)};
  auto take = [&](size_t file, const Texts& labels) {
    for (const Text& label : labels) {
      if (!seen.insert(label.text).second) continue;
      if (seen.size() == static_cast<size_t>(kMaxLabels) + 1) {
        files[file]->Error(label.at, "policies name more than 64 labels");
      }
    }
  };
  auto take_all = [&](size_t file, const std::vector<Rule>& rules) {
    for (const Rule& rule : rules) {
      take(file, rule.covers);
      take(file, rule.when.labels_any_of.value_or(Texts{}));
      take(file, rule.when.labels_all_of.value_or(Texts{}));
    }
  };
  for (const Policy& policy : set.policies) {
    take_all(policy.file, policy.rules);
  }
  for (const Override& override : set.overrides) {
    take_all(override.file, override.rules);
  }
}

void CheckRules(const std::vector<Rule>& rules, RuleChecker& checker,
                Problems& problems) {
  std::set<std::string> ids;
  for (const Rule& rule : rules) {
    if (!rule.id.text.empty() && !ids.insert(rule.id.text).second) {
      problems.Error(rule.id.at, "rule '" + rule.id.text +
                                     "' is there twice in this policy");
    }
    checker.Check(rule);
  }
}

}  // namespace

void Check(const PolicySet& set, const Vocabulary& words, Files& files) {
  std::set<std::pair<std::string, std::string>> policies;
  std::set<std::string> names;
  std::set<std::string> endorsements;
  for (const Policy& policy : set.policies) {
    Problems& problems = *files[policy.file];
    // A '/' cannot be in a namespace: no clash with cluster policies.
    std::string scope = policy.cluster ? "/" : policy.scope.value_or("");
    if (!policies.insert({scope, policy.name.text}).second) {
      problems.Error(policy.name.at,
                     "policy '" + policy.name.text + "' is there twice");
    }
    names.insert(policy.name.text);
    RuleChecker checker(words, problems, endorsements);
    CheckRules(policy.rules, checker, problems);
  }
  for (const Override& override : set.overrides) {
    Problems& problems = *files[override.file];
    // A log that names a rule must not leave open which of the two it was.
    if (!names.insert(override.name.text).second) {
      problems.Error(override.name.at, "'" + override.name.text +
                                           "' is the name of another policy "
                                           "or Override");
    }
    RuleChecker checker(words, problems, endorsements);
    CheckRules(override.rules, checker, problems);
  }
  CheckOpenLabels(set, words, files);
  CheckReferences(set, files);
}

}  // namespace herald::policy
