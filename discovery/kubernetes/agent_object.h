// SPDX-License-Identifier: Apache-2.0
//
// An `Agent` of the API server: one sidecar, as it says itself. Its `spec` is
// an entry of the peers file (discovery/peer_entry.h), its `status` says
// whether it takes calls and which policy it enforces. What one wrong object
// says concerns that object alone: unlike a file, the list of all was written
// by many hands.
#pragma once

#include <string>
#include <vector>

#include "core/base/issue.h"
#include "core/json/json.h"
#include "discovery/endpoint.h"

namespace herald::kubernetes {

struct AgentObject {
  std::string name;
  std::string space;  // its namespace
  std::string uid;
  // False: it drains, or is not there yet. Absent in the object: true.
  bool ready = true;
  // Every way to it, under `name`; empty when `issues` has an error.
  std::vector<discovery::Endpoint> ways;
  Issues issues;

  bool sound() const { return !HasErrors(issues); }
};

// Never fails: what is wrong is in `issues`. A key that we do not know is only
// a warning: a newer sidecar may have written it.
AgentObject ReadAgentObject(const json::Object& object);

// What a sidecar publishes of itself.
struct OwnAgent {
  std::string name;
  std::string space;
  // The Pod that it goes with; empty: none.
  std::string pod_name;
  std::string pod_uid;
  discovery::Endpoint endpoint;
};

// To be applied: apiVersion, kind, metadata, spec.
json::Object RenderAgentObject(const OwnAgent& own);

// To be applied to the subresource: the same head and `status` alone.
json::Object RenderAgentStatus(const OwnAgent& own, bool ready,
                               const std::string& policy_hash);

}  // namespace herald::kubernetes
