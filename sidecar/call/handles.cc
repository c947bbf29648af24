// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/handles.h"

#include <utility>

namespace herald::call {

void Handles::Add(std::string handle, Ancestry ancestry) {
  open_.insert_or_assign(std::move(handle), std::move(ancestry));
}

void Handles::Remove(std::string_view handle) {
  auto found = open_.find(handle);
  if (found != open_.end()) open_.erase(found);
}

const Ancestry* Handles::Find(std::string_view handle) const {
  auto found = open_.find(handle);
  return found == open_.end() ? nullptr : &found->second;
}

}  // namespace herald::call
