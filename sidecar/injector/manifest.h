// SPDX-License-Identifier: Apache-2.0
//
// Kubernetes manifests between YAML, as people write them, and JSON, as the
// API server has them. Scalars mean what kubectl takes them for (YAML 1.1:
// `yes` is true and 0644 is 420), so that what we print means what was read.
#pragma once

#include <string>

#include "core/json/json.h"
#include "core/yaml/node.h"

namespace herald::injector {

json::Value ToJson(const yaml::Node& node);

// Block style, as kubectl prints; ends with a line feed. Reading it back gives
// an equal value.
std::string ToYaml(const json::Value& value);

// Where the value at a JSON pointer stands in the text; where there is none,
// the nearest thing around it.
Position PlaceOf(const yaml::Node& root, std::string_view pointer);

}  // namespace herald::injector
