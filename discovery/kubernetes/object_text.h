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

// In the form of `kubectl get -o yaml`: a key a line, in order of name.
std::string ToYaml(const json::Object& object);

}  // namespace herald::kubernetes
