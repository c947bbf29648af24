// SPDX-License-Identifier: Apache-2.0
//
// Why a call would go where it would go: what `GET /route` answers and
// `herald route explain` prints.
#pragma once

#include "core/json/json.h"
#include "discovery/directory.h"
#include "sidecar/admin/admin_source.h"
#include "sidecar/call/environment.h"
#include "sidecar/routing/score.h"

namespace herald::app {

// The terms of a score in milliseconds, by name.
json::Object RenderTerms(const routing::Score& score);

// `question`: {agent, labels, purpose, skill, affinity, required}. Judges and
// scores every peer that serves the agent as a call of ours would be now;
// draws nothing and changes nothing.
admin::Explanation ExplainRoute(call::Environment& environment,
                                const discovery::Snapshot& snapshot,
                                const policy::Program& program,
                                const json::Value& question);

}  // namespace herald::app
