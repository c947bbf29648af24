// SPDX-License-Identifier: Apache-2.0
#include "core/yaml/node.h"

namespace herald::yaml {

const Node* Node::Find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return &entry.value;
  }
  return nullptr;
}

}  // namespace herald::yaml
