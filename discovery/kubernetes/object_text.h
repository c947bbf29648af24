// SPDX-License-Identifier: Apache-2.0
//
// An object of the API server as the texts our readers read: a tree, as the
// YAML parser would have built it, and YAML itself for whoever wants lines and
// columns.
#pragma once

#include <string>

#include "core/json/json.h"
#include "core/yaml/node.h"

namespace herald::kubernetes {

// Strings come out quoted, so none is a trap; nulls in maps are left out, as
// the server means them. Positions are those of no text.
yaml::Node ToNode(const json::Value& value);

// The other way, as kubectl takes what people write: true, false, null and
// numbers are those where they are not quoted, the rest is text.
json::Value ToJson(const yaml::Node& node);

// In the form of `kubectl get -o yaml`: a key a line, in order of name.
std::string ToYaml(const json::Object& object);

}  // namespace herald::kubernetes
