// SPDX-License-Identifier: Apache-2.0
#include "policy/parse.h"

#include <array>
#include <utility>

#include "core/base/calendar.h"
#include "core/yaml/parse.h"
#include "policy/parse_object.h"
#include "policy/parse_rule.h"

namespace herald::policy {
namespace {

using yaml::Choice;
using yaml::MapReader;
using yaml::Problems;

enum class ObjectKind {
  kRoutingPolicy,
  kClusterRoutingPolicy,
  kOverride,
  kLabelSchema,
  kJurisdictionSet,
  kPolicyTest,
};
constexpr std::array<Choice<ObjectKind>, 6> kKinds = {
    Choice<ObjectKind>{"RoutingPolicy", ObjectKind::kRoutingPolicy},
    {"ClusterRoutingPolicy", ObjectKind::kClusterRoutingPolicy},
    {"Override", ObjectKind::kOverride},
    {"LabelSchema", ObjectKind::kLabelSchema},
    {"JurisdictionSet", ObjectKind::kJurisdictionSet},
    {"PolicyTest", ObjectKind::kPolicyTest}};

// Annotations are anybody's, but a misspelt one of ours would be silently
// without effect.
void CheckAnnotation(const yaml::Entry& entry, Problems& problems) {
  if (!entry.key.starts_with("herald.dev/")) return;
  if (entry.key == kEncryptionIsNoException) {
    const std::string& value = entry.value.text;
    if (value == "true" || value == "false") return;
    problems.Error(entry.value,
                   "'" + entry.key + "' must be \"true\" or \"false\"");
  } else if (entry.key != kMayNewlyDeny) {
    problems.Error(entry.key_at, "unknown annotation '" + entry.key + "'",
                   "known are " + std::string(kMayNewlyDeny) + " and " +
                       std::string(kEncryptionIsNoException));
  } else if (!ParseDate(entry.value.text)) {
    problems.Error(entry.value, "'" + entry.key + "' must be a date",
                   "the last day on which it may, as in 2026-12-01");
  }
}

Notes::Map ReadNotes(MapReader& metadata, std::string_view key) {
  Notes::Map notes;
  MapReader map = metadata.Map(key);
  for (const yaml::Entry& entry : map.Entries()) {
    if (key == "annotations") CheckAnnotation(entry, map.problems());
    // Kubernetes lets them be empty.
    bool empty = entry.value.quoted && entry.value.text.empty();
    std::optional<std::string> value =
        empty ? ""
              : yaml::ReadString(entry.value, map.problems(),
                                 "'" + entry.key + "'");
    if (value) notes.emplace(entry.key, *std::move(value));
  }
  return notes;
}

Metadata ParseMetadata(MapReader& object) {
  Metadata metadata;
  MapReader map = object.RequiredMap("metadata");
  if (const yaml::Node* name = map.Required("name")) {
    metadata.name = Text{map.String("name").value_or(""), name->at};
    CheckName(metadata.name, false, map.problems(), "the name");
  }
  metadata.scope_node = map.Optional("namespace");
  metadata.scope = map.String("namespace");
  metadata.notes.labels = ReadNotes(map, "labels");
  metadata.notes.annotations = ReadNotes(map, "annotations");
  return metadata;
}

void RefuseNamespace(const Metadata& metadata, Problems& problems,
                     std::string_view kind) {
  if (metadata.scope_node == nullptr) return;
  problems.Error(*metadata.scope_node,
                 "a " + std::string(kind) + " has no namespace");
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
      set.policies.push_back(ParsePolicy(object, metadata, false));
      set.policies.back().file = file;
      return;
    case ObjectKind::kClusterRoutingPolicy:
      RefuseNamespace(metadata, object.problems(), "ClusterRoutingPolicy");
      set.policies.push_back(ParsePolicy(object, metadata, true));
      set.policies.back().file = file;
      return;
    case ObjectKind::kOverride:
      set.overrides.push_back(ParseOverride(object, metadata));
      set.overrides.back().file = file;
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
  std::vector<yaml::Node> objects = yaml::ParseAll(problems);
  for (const yaml::Node& node : objects) {
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
    if (kind == ObjectKind::kOverride && objects.size() > 1) {
      // One signature, one reason, one thing to take back.
      problems.Error(node, "a file with an Override holds nothing else",
                     "move it to a file of its own");
    }
    ParseObject(object, *kind, file, set);
  }
}

}  // namespace herald::policy
