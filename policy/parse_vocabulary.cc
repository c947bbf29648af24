// SPDX-License-Identifier: Apache-2.0
//
// LabelSchema and JurisdictionSet.
#include <utility>

#include "core/base/calendar.h"
#include "policy/parse_object.h"
#include "policy/parse_rule.h"
#include "policy/parse_where.h"

namespace herald::policy {
namespace {

using yaml::MapReader;
using yaml::Problems;

LabelDeclaration ParseLabel(const yaml::Entry& entry, Problems& problems) {
  LabelDeclaration label;
  label.name = Text{entry.key, entry.key_at};
  CheckName(label.name, true, problems, "the label");
  MapReader map(entry.value, problems, "label '" + entry.key + "'");
  label.controlled = map.Bool("controlled").value_or(true);
  label.implies = map.Texts("implies").value_or(Texts{});
  label.may_assert = FilledTexts(map, "mayAssert");
  if (label.may_assert && label.controlled) {
    problems.Error(
        *map.Optional("mayAssert"),
        "'mayAssert' is for labels with controlled: false",
        "whoever says '" + entry.key + "' needs a Permit for it anyway");
  }
  return label;
}

EndorsementDeclaration ParseEndorsement(const yaml::Entry& entry,
                                        Problems& problems) {
  EndorsementDeclaration endorsement;
  endorsement.name = Text{entry.key, entry.key_at};
  CheckName(endorsement.name, true, problems, "the endorsement");
  MapReader map(entry.value, problems, "endorsement '" + entry.key + "'");
  map.Required("authorities");
  endorsement.authorities = map.Texts("authorities").value_or(Texts{});
  return endorsement;
}

LabelFloor ParseFloor(const yaml::Node& node, Problems& problems) {
  LabelFloor floor;
  floor.at = node.at;
  MapReader map(node, problems, "a floor");
  if (!map) return floor;
  floor.callers = FilledTexts(map, "callers");
  floor.callees = FilledTexts(map, "callees");
  floor.skills = FilledTexts(map, "skills");
  map.Required("labels");
  floor.labels = FilledTexts(map, "labels").value_or(Texts{});
  bool selects = map.Optional("callers") != nullptr ||
                 map.Optional("callees") != nullptr ||
                 map.Optional("skills") != nullptr;
  if (!selects) {
    problems.Error(node, "a floor needs callers, callees or skills",
                   "callees: [\"*\"] is every call");
  }
  return floor;
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

}  // namespace

LabelSchema ParseLabelSchema(MapReader& object, const Metadata& metadata) {
  LabelSchema schema;
  schema.name = metadata.name;
  schema.notes = metadata.notes;
  MapReader spec = object.RequiredMap("spec");
  for (const yaml::Entry& entry : spec.RequiredMap("labels").Entries()) {
    schema.labels.push_back(ParseLabel(entry, spec.problems()));
  }
  for (const yaml::Node& floor : spec.List("floors")) {
    schema.floors.push_back(ParseFloor(floor, spec.problems()));
  }
  for (const yaml::Entry& entry : spec.Map("endorsements").Entries()) {
    schema.endorsements.push_back(ParseEndorsement(entry, spec.problems()));
  }
  schema.purposes = spec.Texts("purposes");
  return schema;
}

JurisdictionSet ParseJurisdictionSet(MapReader& object,
                                     const Metadata& metadata) {
  JurisdictionSet jurisdictions;
  jurisdictions.name = metadata.name;
  jurisdictions.notes = metadata.notes;
  MapReader spec = object.RequiredMap("spec");
  jurisdictions.source = spec.String("source").value_or("");
  if (const yaml::Node* node = spec.Optional("reviewBy")) {
    std::optional<std::string> date = spec.String("reviewBy");
    if (date && !ParseDate(*date)) {
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

}  // namespace herald::policy
