// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/policy_reports.h"

#include "policy/load.h"

namespace herald::app {

Issues CheckPolicyObjects(
    const std::vector<kubernetes::PolicyObject>& objects) {
  std::vector<policy::SourceText> texts;
  for (const kubernetes::PolicyObject& object : objects) {
    texts.push_back({object.Label(), object.text});
  }
  return policy::Load(texts).issues;
}

std::unique_ptr<kubernetes::PolicyReporter> MakePolicyReporter(
    const kubernetes::Api& api, Log& log, Metrics& metrics,
    const kubernetes::PolicyReporterOptions& options) {
  return std::make_unique<kubernetes::PolicyReporter>(
      api, log, metrics, options, CheckPolicyObjects);
}

}  // namespace herald::app
