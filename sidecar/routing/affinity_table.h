// SPDX-License-Identifier: Apache-2.0
//
// Which peer holds what calls belong to: a conversation, a task, a warm cache.
// A value is bound to the peer that is picked for it, and the binding counts
// once that peer has answered; until then a call that can go nowhere else is
// free to. A sidecar that restarts has forgotten.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "core/base/time.h"

namespace herald::routing {

struct Binding {
  std::string peer;  // its name
  bool answered = false;
};

// One for each callee agent. One thread. Looking up allocates nothing.
class AffinityTable {
 public:
  static constexpr size_t kMostValues = 4096;

  // The binding of `value`, unless it was out of use for longer than `idle`.
  // Valid until the next Bind.
  const Binding* Find(std::string_view value, Duration idle, Time now) const;

  // Calls of `value` go to `peer` now. Makes room by forgetting the value that
  // was out of use for longest.
  void Bind(std::string_view value, std::string_view peer, Time now);

  // `peer` answered a call of `value`.
  void OnAnswer(std::string_view value, std::string_view peer, Time now);

  size_t size() const { return order_.size(); }

 private:
  struct Entry {
    std::string value;
    Binding binding;
    Time used{};
  };
  using Order = std::list<Entry>;  // the latest used first

  Order order_;
  // The keys are the entries' own texts.
  std::unordered_map<std::string_view, Order::iterator> entries_;
};

}  // namespace herald::routing
