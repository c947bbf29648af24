// SPDX-License-Identifier: Apache-2.0
#include "policy/vocabulary.h"

#include <utility>

namespace herald::policy {
namespace {

using yaml::Problems;

void AddLabels(const LabelSchema& schema, Problems& problems, Vocabulary& words,
               std::set<std::string>& seen) {
  for (const LabelDeclaration& label : schema.labels) {
    const std::string& name = label.name.text;
    if (!seen.insert(name).second) {
      problems.Error(label.name.at, "label '" + name + "' is declared twice");
      continue;
    }
    if (name == kUnlabelled && !label.controlled) {
      problems.Error(label.name.at, "'unlabelled' is always controlled",
                     "permit it by a rule that covers [unlabelled]");
      continue;
    }
    if (words.labels.Add(name, label.controlled) < 0) {
      problems.Error(label.name.at, "more than " + std::to_string(kMaxLabels) +
                                        " labels, 'unlabelled' included");
    }
  }
}

void AddImplied(const LabelSchema& schema, Problems& problems,
                Vocabulary& words) {
  for (const LabelDeclaration& label : schema.labels) {
    std::optional<int> from = words.labels.Find(label.name.text);
    for (const Text& implied : label.implies) {
      std::optional<int> to = words.labels.Find(implied.text);
      if (!to) {
        problems.Error(implied.at,
                       "'" + implied.text + "' is no label of a LabelSchema");
      } else if (from) {
        words.labels.Imply(*from, *to);
      }
    }
  }
}

void CheckFloors(const LabelSchema& schema, Problems& problems,
                 const Vocabulary& words) {
  for (const LabelFloor& floor : schema.floors) {
    for (const Text& label : floor.labels) {
      if (words.labels.Find(label.text)) continue;
      problems.Error(label.at,
                     "'" + label.text + "' is no label of a LabelSchema");
    }
  }
}

void AddSchemas(const PolicySet& set, Files& files, Vocabulary& words) {
  std::set<std::string> seen;
  for (const LabelSchema& schema : set.schemas) {
    Problems& problems = *files[schema.file];
    words.has_schema = true;
    AddLabels(schema, problems, words, seen);
    for (const EndorsementDeclaration& endorsement : schema.endorsements) {
      if (!words.endorsements.insert(endorsement.name.text).second) {
        problems.Error(
            endorsement.name.at,
            "endorsement '" + endorsement.name.text + "' is declared twice");
      }
    }
    if (!schema.purposes) continue;
    if (!words.purposes) words.purposes.emplace();
    for (const Text& purpose : *schema.purposes) {
      words.purposes->insert(purpose.text);
    }
  }
  for (const LabelSchema& schema : set.schemas) {
    AddImplied(schema, *files[schema.file], words);
    CheckFloors(schema, *files[schema.file], words);
  }
  words.labels.Close();
}

// Resolves sets by name, whatever their order; a set that leads back to itself
// is reported once.
class SetResolver {
 public:
  SetResolver(const PolicySet& set, Files& files, Vocabulary& words)
      : files_(files), words_(words) {
    for (const JurisdictionSet& jurisdictions : set.jurisdictions) {
      for (const CountrySetDeclaration& one : jurisdictions.sets) {
        Declare(one, *files_[jurisdictions.file]);
      }
    }
  }

  void ResolveAll() {
    for (auto& [name, entry] : declared_) Resolve(entry);
  }

 private:
  enum class State { kUntouched, kOpen, kDone };
  struct Declared {
    const CountrySetDeclaration* set;
    Problems* problems;
    State state = State::kUntouched;
    CountryBits bits;
  };

  void Declare(const CountrySetDeclaration& set, Problems& problems) {
    std::optional<Country> code = Country::Parse(set.name.text);
    if (code && IsAssigned(*code)) {
      problems.Error(set.name.at, "no set may bear the name of a country, '" +
                                      set.name.text + "'");
    }
    if (!declared_.emplace(set.name.text, Declared{&set, &problems}).second) {
      problems.Error(set.name.at,
                     "set '" + set.name.text + "' is declared twice");
    }
  }

  void Resolve(Declared& entry) {
    if (entry.state == State::kDone) return;
    entry.state = State::kOpen;
    for (const Text& name : entry.set->union_of) {
      auto other = declared_.find(name.text);
      if (other == declared_.end()) {
        entry.problems->Error(name.at, "there is no set '" + name.text + "'",
                              SuggestSet(name.text));
      } else if (other->second.state == State::kOpen) {
        entry.problems->Error(name.at,
                              "set '" + name.text + "' is a union of itself");
      } else {
        Resolve(other->second);
        entry.bits |= other->second.bits;
      }
    }
    for (const Text& code : entry.set->codes) AddCode(code, entry);
    entry.state = State::kDone;
    words_.sets[entry.set->name.text] = entry.bits;
  }

  void AddCode(const Text& text, Declared& entry) {
    std::optional<Country> country = Country::Parse(text.text);
    if (country && IsAssigned(*country)) {
      entry.bits.set(static_cast<size_t>(country->index()));
      return;
    }
    bool set = declared_.count(text.text) > 0;
    entry.problems->Error(
        text.at, "'" + text.text + "' is no assigned ISO 3166-1 code",
        set ? "a set joins in by {union: [" + text.text + "], plus: [...]}"
            : HintForCode(text.text));
  }

  std::string SuggestSet(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& [known, entry] : declared_) names.push_back(known);
    std::string nearest = Nearest(name, names);
    if (!nearest.empty()) return "did you mean '" + nearest + "'?";
    std::optional<Country> code = Country::Parse(name);
    return code && IsAssigned(*code) ? "countries stand under 'plus'" : "";
  }

  Files& files_;
  Vocabulary& words_;
  std::map<std::string, Declared> declared_;
};

}  // namespace

std::optional<CountryBits> Vocabulary::Countries(std::string_view name) const {
  if (auto set = sets.find(name); set != sets.end()) return set->second;
  std::optional<Country> country = Country::Parse(name);
  if (!country || !IsAssigned(*country)) return std::nullopt;
  CountryBits bits;
  bits.set(static_cast<size_t>(country->index()));
  return bits;
}

Vocabulary BuildVocabulary(const PolicySet& set, Files& files) {
  Vocabulary words;
  AddSchemas(set, files, words);
  SetResolver(set, files, words).ResolveAll();
  return words;
}

}  // namespace herald::policy
