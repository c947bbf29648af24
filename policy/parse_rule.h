// SPDX-License-Identifier: Apache-2.0
//
// The grammar of one rule. Only parse.cc includes this header.
#pragma once

#include "core/yaml/map_reader.h"
#include "policy/schema.h"

namespace herald::policy {

Rule ParseRule(const yaml::Node& node, yaml::Problems& problems);

// A rule of an Override: a Permit, whether or not it says so.
Rule ParsePermit(const yaml::Node& node, yaml::Problems& problems);

// Reports a name that could not stand in "policy/rule", in a header or in a
// list: empty, longer than 63, or with other letters than [A-Za-z0-9._-],
// and ':' and '/' where `loose`.
void CheckName(const Text& name, bool loose, yaml::Problems& problems,
               std::string_view what);

}  // namespace herald::policy
