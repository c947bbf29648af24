// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/policy_objects.h"

#include <algorithm>
#include <utility>

namespace herald::app {

StatusOr<std::unique_ptr<PolicyObjects>> PolicyObjects::Make(
    const std::vector<KubernetesSettings>& settings, Clusters& clusters,
    Metrics& metrics) {
  std::unique_ptr<PolicyObjects> out(new PolicyObjects());
  for (const KubernetesSettings& one : settings) {
    HERALD_ASSIGN_OR_RETURN(const Clusters::Cluster* cluster,
                            clusters.For(one));
    out->clusters_.push_back(std::make_unique<kubernetes::KubernetesPolicies>(
        *cluster->api, metrics,
        kubernetes::KubernetesPoliciesOptions{.name = NameOf(one),
                                              .namespaces = one.namespaces,
                                              .selector = one.selector},
        [objects = out.get()] { objects->changed(); }));
  }
  return out;
}

void PolicyObjects::Start() {
  for (auto& cluster : clusters_) cluster->Start();
}

bool PolicyObjects::AddTo(const Signers& signers,
                          std::vector<policy::SourceText>& texts) const {
  const bool known =
      std::all_of(clusters_.begin(), clusters_.end(),
                  [](const auto& cluster) { return cluster->complete(); });
  if (!known) return false;
  for (const auto& cluster : clusters_) {
    for (kubernetes::PolicyObject& object : cluster->objects()) {
      const bool good =
          !object.seal.empty() && SealIsGood(signers, object.text, object.seal);
      texts.push_back({object.Label(), std::move(object.text),
                       good ? policy::Seal::kGood : policy::Seal::kBad});
    }
  }
  return true;
}

std::string PolicyObjects::problem() const {
  std::string out;
  for (const auto& cluster : clusters_) out += cluster->problem();
  return out;
}

}  // namespace herald::app
