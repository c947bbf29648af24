// SPDX-License-Identifier: Apache-2.0
//
// The annotation `herald.dev/agents`: what a pod serves. Short, for nearly all:
//
//   planner=8080
//   planner=8080, summarizer=8081
//
// or, for skills and the rest, `agents` of the sidecar's configuration, with
// `port` in place of the address on the pod's loopback:
//
//   - {name: planner, port: 8080, skills: [plan], protocol: h2c}
#pragma once

#include <string>

#include "core/base/issue.h"
#include "core/json/json.h"

namespace herald::injector {

struct ServedAgents {
  json::Array agents;  // as the configuration has them
  Issues issues;       // positions are of the annotation's text
};

ServedAgents ReadServedAgents(const std::string& text);

}  // namespace herald::injector
