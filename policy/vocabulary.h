// SPDX-License-Identifier: Apache-2.0
//
// The words that policies may use, gathered from LabelSchemas and
// JurisdictionSets: labels and what they imply, endorsements, purposes, and
// named sets of countries resolved to bits.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/yaml/problems.h"
#include "policy/countries.h"
#include "policy/labels.h"
#include "policy/schema.h"

namespace herald::policy {

// One Problems for each text, in the order of PolicySet's `file` numbers.
using Files = std::vector<std::unique_ptr<yaml::Problems>>;

struct Vocabulary {
  LabelTable labels;
  // With a LabelSchema, a label, endorsement or purpose that is not in it is
  // an error in a policy; without one, every name goes.
  bool has_schema = false;
  std::set<std::string, std::less<>> endorsements;
  std::optional<std::set<std::string, std::less<>>> purposes;
  std::map<std::string, CountryBits, std::less<>> sets;

  // What `name` means: a set of ours, else an assigned code, else nothing.
  std::optional<CountryBits> Countries(std::string_view name) const;
};

// Reports doubled and unknown names, wrong codes and circular sets.
Vocabulary BuildVocabulary(const PolicySet& set, Files& files);

}  // namespace herald::policy
