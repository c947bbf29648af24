// SPDX-License-Identifier: Apache-2.0
//
// Text to trees: the one place where yaml-cpp is used. Whatever the text, it
// returns; no exception leaves this folder.
//
//   yaml::Problems problems("peers.yaml", text);
//   std::optional<yaml::Node> root = yaml::ParseOne(problems);
//   if (root) { yaml::MapReader map(*root, problems, "the peers file"); ... }
//   if (problems.has_errors()) return problems.issues();
#pragma once

#include <optional>
#include <vector>

#include "core/yaml/node.h"
#include "core/yaml/problems.h"

namespace herald::yaml {

inline constexpr size_t kMaxTextBytes = 1 << 20;
inline constexpr int kMaxDepth = 32;

// Every document of `problems.text()` that could be read; empty documents are
// left out. A document with a syntax error is left out and does not stop the
// following ones.
std::vector<Node> ParseAll(Problems& problems);

// The same for texts that must hold exactly one document: none and several
// are problems. nullopt when there is no tree to read further.
std::optional<Node> ParseOne(Problems& problems);

}  // namespace herald::yaml
