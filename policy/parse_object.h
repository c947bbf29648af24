// SPDX-License-Identifier: Apache-2.0
//
// The grammar of what is inside each kind of object. Only parse*.cc include
// this header.
#pragma once

#include <optional>
#include <string>

#include "core/yaml/map_reader.h"
#include "policy/schema.h"

namespace herald::policy {

// `metadata`, of every kind.
struct Metadata {
  Text name;
  const yaml::Node* scope_node = nullptr;
  std::optional<std::string> scope;
  Notes notes;
};

// Each reads `spec` of an object that has read apiVersion, kind and metadata.
// `cluster`: a ClusterRoutingPolicy.
Policy ParsePolicy(yaml::MapReader& object, const Metadata& metadata,
                   bool cluster);
Override ParseOverride(yaml::MapReader& object, const Metadata& metadata);
LabelSchema ParseLabelSchema(yaml::MapReader& object, const Metadata& metadata);
JurisdictionSet ParseJurisdictionSet(yaml::MapReader& object,
                                     const Metadata& metadata);

}  // namespace herald::policy
