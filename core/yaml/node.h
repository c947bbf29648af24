// SPDX-License-Identifier: Apache-2.0
//
// A YAML text as a tree of plain values that remember where they stood. The
// dialect is the safe part of YAML: no anchors, aliases, tags or merge keys,
// no doubled keys, so that what a reader sees is what we read.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/issue.h"

namespace herald::yaml {

enum class Kind { kNull, kScalar, kList, kMap };

struct Entry;

// A value; never changed once Parse has returned it.
struct Node {
  Kind kind = Kind::kNull;
  std::string text;            // scalars only
  bool quoted = false;         // "..", '..' or a block: never a trap
  Position at;                 // where it starts
  std::vector<Node> items;     // lists only
  std::vector<Entry> entries;  // maps only, in the order of the text

  // The value under `key`, or null; for maps.
  const Node* Find(std::string_view key) const;
};

struct Entry {
  std::string key;
  bool key_quoted = false;
  Position key_at;
  Node value;
};

}  // namespace herald::yaml
