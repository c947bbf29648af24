// SPDX-License-Identifier: Apache-2.0
//
// What the pickers of others have in common: calls of our own in flight at
// each server, ejection after failures, and, where the run shares Herald's
// detector with all, links that are down.
#pragma once

#include <vector>

#include "core/base/random.h"
#include "tests/simulation/routing_study/picker.h"
#include "tests/simulation/routing_study/pickers/ejection.h"

namespace herald::study {

class Baseline : public Picker {
 public:
  Baseline(const PickerParts& parts, const EjectionRule& rule);

  std::optional<size_t> Pick(const Question&, Time now) final;
  void OnSent(size_t server, Time) override { ++active_[server]; }
  void OnDone(size_t server, bool failed, Time now) override;
  void OnLink(size_t server, routing::Link link, Time) final;

 protected:
  // One of `usable`, which is not empty.
  virtual size_t Choose(const std::vector<size_t>& usable, Time now) = 0;

  size_t AnyOf(const std::vector<size_t>& servers) {
    return servers[random_.Below(servers.size())];
  }
  // Two at random (the same twice, perhaps, as in Envoy); the less active.
  size_t LessActiveOfTwo(const std::vector<size_t>& servers);
  bool Usable(size_t server, Time now) const;

  const std::vector<ServerFacts>& servers_;
  Random random_;
  std::vector<uint32_t> active_;

 private:
  Ejection ejection_;
  std::vector<bool> down_;
};

}  // namespace herald::study
