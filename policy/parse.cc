// SPDX-License-Identifier: Apache-2.0
#include "policy/parse.h"

#include <array>
#include <utility>

#include "core/yaml/parse.h"
#include "policy/parse_rule.h"

namespace herald::policy {
namespace {

using yaml::Choice;
using yaml::MapReader;
using yaml::Problems;

enum class ObjectKind {
  kRoutingPolicy,
  kClusterRoutingPolicy,
  kLabelSchema,
  kJurisdictionSet,
  kPolicyTest,
};
constexpr std::array<Choice<ObjectKind>, 5> kKinds = {
    Choice<ObjectKind>{"RoutingPolicy", ObjectKind::kRoutingPolicy},
    {"ClusterRoutingPolicy", ObjectKind::kClusterRoutingPolicy},
    {"LabelSchema", ObjectKind::kLabelSchema},
    {"JurisdictionSet", ObjectKind::kJurisdictionSet},
    {"PolicyTest", ObjectKind::kPolicyTest}};
constexpr std::array<Choice<Mode>, 2> kModes = {
    Choice<Mode>{"Enforce", Mode::kEnforce}, {"Shadow", Mode::kShadow}};

struct Metadata {
  Text name;
  const yaml::Node* scope_node = nullptr;
  std::optional<std::string> scope;
};

Metadata ParseMetadata(MapReader& object) {
  Metadata metadata;
  MapReader map = object.RequiredMap("metadata");
  if (const yaml::Node* name = map.Required("name")) {
    metadata.name = Text{map.String("name").value_or(""), name->at};
    CheckName(metadata.name, false, map.problems(), "the name");
  }
  metadata.scope_node = map.Optional("namespace");
  metadata.scope = map.String("namespace");
  // Kubernetes' own; they say nothing to us.
  map.Optional("labels");
  map.Optional("annotations");
  return metadata;
}

void RefuseNamespace(const Metadata& metadata, Problems& problems,
                     std::string_view kind) {
  if (metadata.scope_node == nullptr) return;
  problems.Error(*metadata.scope_node,
                 "a " + std::string(kind) + " has no namespace");
}

Policy ParsePolicy(MapReader& object, const Metadata& metadata) {
  Policy policy;
  policy.name = metadata.name;
  policy.scope = metadata.scope;
  MapReader spec = object.RequiredMap("spec");
  policy.mode = spec.Enum<Mode>("mode", kModes).value_or(Mode::kEnforce);
  spec.Required("rules");
  for (const yaml::Node& item : spec.List("rules")) {
    policy.rules.push_back(ParseRule(item, spec.problems()));
  }
  return policy;
}

LabelSchema ParseLabelSchema(MapReader& object, const Metadata& metadata) {
  LabelSchema schema;
  schema.name = metadata.name;
  MapReader spec = object.RequiredMap("spec");
  for (const yaml::Entry& entry : spec.RequiredMap("labels").Entries()) {
    LabelDeclaration label;
    label.name = Text{entry.key, entry.key_at};
    CheckName(label.name, true, spec.problems(), "the label");
    MapReader map(entry.value, spec.problems(), "label '" + entry.key + "'");
    label.controlled = map.Bool("controlled").value_or(true);
    label.implies = map.Texts("implies").value_or(Texts{});
    schema.labels.push_back(std::move(label));
  }
  for (const yaml::Entry& entry : spec.Map("endorsements").Entries()) {
    EndorsementDeclaration endorsement;
    endorsement.name = Text{entry.key, entry.key_at};
    CheckName(endorsement.name, true, spec.problems(), "the endorsement");
    MapReader map(entry.value, spec.problems(),
                  "endorsement '" + entry.key + "'");
    map.Required("authorities");
    endorsement.authorities = map.Texts("authorities").value_or(Texts{});
    schema.endorsements.push_back(std::move(endorsement));
  }
  schema.purposes = spec.Texts("purposes");
  return schema;
}

CountrySetDeclaration ParseCountrySet(const yaml::Entry& entry,
                                      Problems& problems) {
  CountrySetDeclaration set;
  set.name = Text{entry.key, entry.key_at};
  CheckName(set.name, false, problems, "the set");
  if (entry.value.kind == yaml::Kind::kList) {
    set.codes = ReadTexts(entry.value, problems, "a country");
    return set;
  }
  if (entry.value.kind != yaml::Kind::kMap) {
    problems.Error(entry.value,
                   "set '" + entry.key + "' must be a list of countries, not " +
                       Describe(entry.value),
                   "or {union: [sets], plus: [countries]}");
    return set;
  }
  MapReader map(entry.value, problems, "set '" + entry.key + "'");
  set.union_of = map.Texts("union").value_or(Texts{});
  set.codes = map.Texts("plus").value_or(Texts{});
  return set;
}

bool IsDate(std::string_view text) {
  auto number = [&](size_t at, size_t length) {
    int value = 0;
    for (char c : text.substr(at, length)) {
      if (c < '0' || c > '9') return -1;
      value = value * 10 + (c - '0');
    }
    return value;
  };
  return text.size() == 10 && text[4] == '-' && text[7] == '-' &&
         number(0, 4) >= 0 && number(5, 2) >= 1 && number(5, 2) <= 12 &&
         number(8, 2) >= 1 && number(8, 2) <= 31;
}

JurisdictionSet ParseJurisdictionSet(MapReader& object,
                                     const Metadata& metadata) {
  JurisdictionSet jurisdictions;
  jurisdictions.name = metadata.name;
  MapReader spec = object.RequiredMap("spec");
  jurisdictions.source = spec.String("source").value_or("");
  if (const yaml::Node* node = spec.Optional("reviewBy")) {
    std::optional<std::string> date = spec.String("reviewBy");
    if (date && !IsDate(*date)) {
      spec.problems().Error(*node, "'reviewBy' must be a date",
                            "reviewBy: 2027-02-01");
    } else if (date) {
      jurisdictions.review_by = Text{std::move(*date), node->at};
    }
  }
  for (const yaml::Entry& entry : spec.RequiredMap("sets").Entries()) {
    jurisdictions.sets.push_back(ParseCountrySet(entry, spec.problems()));
  }
  return jurisdictions;
}

// `object` has read apiVersion and kind.
void ParseObject(MapReader& object, ObjectKind kind, size_t file,
                 PolicySet& set) {
  if (kind == ObjectKind::kPolicyTest) {
    object.IgnoreRest();
    return;
  }
  Metadata metadata = ParseMetadata(object);
  switch (kind) {
    case ObjectKind::kRoutingPolicy:
      set.policies.push_back(ParsePolicy(object, metadata));
      set.policies.back().file = file;
      return;
    case ObjectKind::kClusterRoutingPolicy:
      RefuseNamespace(metadata, object.problems(), "ClusterRoutingPolicy");
      set.policies.push_back(ParsePolicy(object, metadata));
      set.policies.back().file = file;
      set.policies.back().cluster = true;
      set.policies.back().scope.reset();
      return;
    case ObjectKind::kLabelSchema:
      RefuseNamespace(metadata, object.problems(), "LabelSchema");
      set.schemas.push_back(ParseLabelSchema(object, metadata));
      set.schemas.back().file = file;
      return;
    case ObjectKind::kJurisdictionSet:
      RefuseNamespace(metadata, object.problems(), "JurisdictionSet");
      set.jurisdictions.push_back(ParseJurisdictionSet(object, metadata));
      set.jurisdictions.back().file = file;
      return;
    case ObjectKind::kPolicyTest:
      return;
  }
}

}  // namespace

void Parse(Problems& problems, size_t file, PolicySet& set) {
  for (const yaml::Node& node : yaml::ParseAll(problems)) {
    MapReader object(node, problems, "an object");
    if (!object) continue;
    const yaml::Node* version = object.Required("apiVersion");
    if (version != nullptr && version->text != kApiVersion) {
      problems.Error(*version,
                     "'apiVersion' must be " + std::string(kApiVersion));
    }
    object.Required("kind");
    std::optional<ObjectKind> kind = object.Enum<ObjectKind>("kind", kKinds);
    if (!kind) {
      object.IgnoreRest();
      continue;
    }
    ParseObject(object, *kind, file, set);
  }
}

}  // namespace herald::policy
