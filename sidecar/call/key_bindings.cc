// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/key_bindings.h"

namespace herald::call {

const KeyBindings::Binding* KeyBindings::Find(const std::string& agent,
                                              const std::string& key,
                                              Time now) {
  Expire(now);
  auto found = by_key_.find({agent, key});
  return found == by_key_.end() ? nullptr : &found->second->binding;
}

void KeyBindings::Bind(const std::string& agent, const std::string& key,
                       const std::string& peer, Time now) {
  Expire(now);
  auto known = by_key_.find({agent, key});
  if (known != by_key_.end()) {
    if (known->second->binding.peer == peer) return;
    order_.erase(known->second);
    by_key_.erase(known);
  }
  if (order_.size() >= kMost) {
    by_key_.erase(order_.front().key);
    order_.pop_front();
  }
  order_.push_back({{agent, key}, {peer, now}});
  by_key_.emplace(order_.back().key, std::prev(order_.end()));
}

void KeyBindings::Release(const std::string& agent, const std::string& key) {
  auto known = by_key_.find({agent, key});
  if (known == by_key_.end()) return;
  order_.erase(known->second);
  by_key_.erase(known);
}

void KeyBindings::Expire(Time now) {
  while (!order_.empty() && now - order_.front().binding.first >= kKept) {
    by_key_.erase(order_.front().key);
    order_.pop_front();
  }
}

}  // namespace herald::call
