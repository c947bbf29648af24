// SPDX-License-Identifier: Apache-2.0
//
// Policies that lie in clusters as objects: the texts that `policy` names
// besides files.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/metrics.h"
#include "core/base/status.h"
#include "discovery/kubernetes/policy_texts.h"
#include "policy/load.h"
#include "sidecar/app/clusters.h"
#include "sidecar/app/seals.h"

namespace herald::app {

// Owned by Sidecar's parts; borrows all it is given. One thread.
class PolicyObjects {
 public:
  // Errors name what cannot be read of an entry.
  static StatusOr<std::unique_ptr<PolicyObjects>> Make(
      const std::vector<KubernetesSettings>& settings, Clusters& clusters,
      Metrics& metrics);

  // Some set has changed, or is known now. Set before Start.
  std::function<void()> changed;
  void Start();

  // Adds every object as a text of its own, its seal checked. False, and
  // nothing added, while some cluster was never read.
  bool AddTo(const Signers& signers,
             std::vector<policy::SourceText>& texts) const;

  bool empty() const { return clusters_.empty(); }
  // What keeps them from being up to date; empty: nothing.
  std::string problem() const;

 private:
  PolicyObjects() = default;

  std::vector<std::unique_ptr<kubernetes::KubernetesPolicies>> clusters_;
};

}  // namespace herald::app
