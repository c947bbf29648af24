// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/affinity_table.h"

namespace herald::routing {

const Binding* AffinityTable::Find(std::string_view value, Duration idle,
                                   Time now) const {
  const auto found = entries_.find(value);
  if (found == entries_.end()) return nullptr;
  const Entry& entry = *found->second;
  return now - entry.used > idle ? nullptr : &entry.binding;
}

void AffinityTable::Bind(std::string_view value, std::string_view peer,
                         Time now) {
  const auto found = entries_.find(value);
  if (found != entries_.end()) {
    order_.splice(order_.begin(), order_, found->second);
  } else if (order_.size() < kMostValues) {
    order_.push_front({.value = std::string(value)});
    entries_.emplace(order_.front().value, order_.begin());
  } else {
    entries_.erase(order_.back().value);
    order_.splice(order_.begin(), order_, std::prev(order_.end()));
    order_.front() = {.value = std::string(value)};
    entries_.emplace(order_.front().value, order_.begin());
  }
  Entry& entry = order_.front();
  entry.used = now;
  if (entry.binding.peer == peer) return;
  entry.binding = {.peer = std::string(peer)};
}

void AffinityTable::OnAnswer(std::string_view value, std::string_view peer,
                             Time now) {
  const auto found = entries_.find(value);
  if (found == entries_.end()) return;
  Entry& entry = *found->second;
  if (entry.binding.peer != peer) return;  // bound anew meanwhile
  entry.binding.answered = true;
  entry.used = now;
}

}  // namespace herald::routing
