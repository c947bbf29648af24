// SPDX-License-Identifier: Apache-2.0
//
// The two questions of an API server, answered: which sidecar does this pod
// get, and may this object be written? Pure: a review in, a review out.
#pragma once

#include "sidecar/injector/review.h"
#include "sidecar/injector/settings.h"

namespace herald::injector {

// Pods that are created get a sidecar; everything else passes. A pod that
// should have one and cannot is let through with a warning: a cluster whose
// pods do not start is worse, and the NetworkPolicy beside it keeps a pod
// without a sidecar out of the mesh.
AdmissionAnswer Mutate(const AdmissionRequest& request,
                       const Settings& settings);

// Agents are written by their own pods, policies are policies.
AdmissionAnswer Validate(const AdmissionRequest& request,
                         const Settings& settings);

}  // namespace herald::injector
