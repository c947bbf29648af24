// SPDX-License-Identifier: Apache-2.0
//
// Makes equal facts of many peers one value: the sites, identities and lists of
// agents of a large fleet are few, and a peer then costs little more than its
// name and address.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "discovery/endpoint.h"

namespace herald::discovery {

struct HashOfFact {
  size_t operator()(const Shared<std::string>& text) const;
  size_t operator()(const Shared<Site>& site) const;
  size_t operator()(const Shared<std::vector<Site>>& sites) const;
  size_t operator()(const Shared<std::vector<AgentInfo>>& agents) const;
  size_t operator()(const Shared<Binding>& binding) const;
};

// The values of one type that peers hold.
template <typename T>
class Common {
 public:
  // One equal to `value`, the same for all who ask.
  Shared<T> Of(const Shared<T>& value) {
    if (value.is_default()) return {};
    if (kept_.size() >= next_sweep_) Sweep();
    return *kept_.insert(value).first;
  }
  size_t size() const { return kept_.size(); }

 private:
  static constexpr size_t kFirstSweep = 64;

  // Forgets what nobody else holds any more; as often as the number has
  // doubled, which makes it cheap on the average.
  void Sweep() {
    for (auto it = kept_.begin(); it != kept_.end();) {
      if (it->alone()) {
        kept_.erase(it++);
      } else {
        ++it;
      }
    }
    next_sweep_ = 2 * kept_.size() + kFirstSweep;
  }

  absl::flat_hash_set<Shared<T>, HashOfFact> kept_;
  size_t next_sweep_ = kFirstSweep;
};

// One for a directory. One thread.
class Interner {
 public:
  // An endpoint equal to `peer` that shares what it can.
  EndpointPtr Of(const Endpoint& peer);

  size_t sites() const { return sites_.size(); }

 private:
  Common<std::string> texts_;
  Common<Site> sites_;
  Common<std::vector<Site>> transits_;
  Common<std::vector<AgentInfo>> agents_;
  Common<Binding> bindings_;
};

}  // namespace herald::discovery
