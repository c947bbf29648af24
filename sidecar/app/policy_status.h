// SPDX-License-Identifier: Apache-2.0
//
// The policy in force as `herald policy show` and its admin page tell it:
// which, since when, from where, what is held or refused, and which windows
// are open.
#pragma once

#include "core/base/metrics.h"
#include "core/json/json.h"
#include "sidecar/app/policy_rollout.h"
#include "sidecar/app/policy_source.h"
#include "sidecar/audit/decision_log.h"
#include "sidecar/audit/meters.h"

namespace herald::app {

struct PolicyStatusSources {
  const PolicyRollout& rollout;
  const PolicySource& source;
  const audit::Meters& meters;
  const call::RecentCalls& recent;
  const audit::DecisionLog& log;
  Metrics& metrics;
  WallTime now;
};

json::Object RenderPolicyStatus(const PolicyStatusSources& from);

}  // namespace herald::app
