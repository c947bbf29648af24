// SPDX-License-Identifier: Apache-2.0
//
// Which peer a call with an idempotency key went to: only that peer's sidecar
// can tell whether it was done, so the same key goes there again, be it we who
// repeat or the agent. Forgotten after ten minutes, as the callee forgets.
#pragma once

#include <chrono>
#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/base/time.h"

namespace herald::call {

// Owned by OutboundCalls. One thread.
class KeyBindings {
 public:
  static constexpr size_t kMost = 10'000;
  static constexpr Duration kKept = std::chrono::minutes(10);

  struct Binding {
    std::string peer;
    Time first{};  // when the first attempt there began
  };

  // nullptr when the key went nowhere of late. Valid until the next change.
  const Binding* Find(const std::string& agent, const std::string& key,
                      Time now);
  // Keeps an earlier binding of that key to the same peer.
  void Bind(const std::string& agent, const std::string& key,
            const std::string& peer, Time now);
  // Nothing of it reached that peer's agent.
  void Release(const std::string& agent, const std::string& key);

  size_t size() const { return order_.size(); }

 private:
  using Key = std::pair<std::string, std::string>;
  struct Entry {
    Key key;
    Binding binding;
  };
  void Expire(Time now);

  std::list<Entry> order_;  // the oldest first
  std::map<Key, std::list<Entry>::iterator> by_key_;
};

}  // namespace herald::call
