// SPDX-License-Identifier: Apache-2.0
//
// The statuses of policy objects, as `herald injector` writes them: the same
// compiler judges the objects that sidecars enforce.
#pragma once

#include <memory>
#include <vector>

#include "core/base/issue.h"
#include "core/base/log.h"
#include "core/base/metrics.h"
#include "discovery/kubernetes/policy_status.h"

namespace herald::app {

// All that is wrong with the set; each issue's file is the label of its object.
// Seals are not looked at: each sidecar knows whose it takes.
Issues CheckPolicyObjects(const std::vector<kubernetes::PolicyObject>& objects);

// To be started; owned by the caller, as is all that it borrows:
//
//   Clusters clusters(loop, random, log);
//   HERALD_ASSIGN_OR_RETURN(auto* cluster, clusters.For(KubernetesSettings()));
//   auto reporter = MakePolicyReporter(*cluster->api, log, metrics,
//       {.space = pod.space, .holder = pod.name});
//   reporter->Start();
std::unique_ptr<kubernetes::PolicyReporter> MakePolicyReporter(
    const kubernetes::Api& api, Log& log, Metrics& metrics,
    const kubernetes::PolicyReporterOptions& options);

}  // namespace herald::app
