// SPDX-License-Identifier: Apache-2.0
//
// Who may write which Agent object. Peers believe an Agent's address and what
// it serves, so it may be written only by the pod it stands for: the token of
// a sidecar names its pod (bound service-account tokens do), and the API server
// vouches for the token. Without this, whoever may write Agents could draw
// another agent's calls to itself; its certificate would still be refused in
// the handshake, but calls would fail.
#pragma once

#include <string>

#include "sidecar/injector/review.h"
#include "sidecar/injector/settings.h"

namespace herald::injector {

// Why this Agent may not be written by this user; empty: it may.
std::string WhyNotAgent(const AdmissionRequest& request,
                        const Settings& settings);

}  // namespace herald::injector
