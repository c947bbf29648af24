// SPDX-License-Identifier: Apache-2.0
//
// Tells whoever wrote a policy object what became of it: the condition
// `Compiled` of its status, True or False with line, column and reason. Of
// several replicas the one that holds a Lease writes.
//
//   PolicyReporter reporter(api, log, metrics, {.space = "herald-system",
//       .holder = pod}, [](const auto& objects) { return Check(objects); });
//   reporter.Start();
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/base/issue.h"
#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/http/ask.h"
#include "discovery/backoff.h"
#include "discovery/kubernetes/api.h"
#include "discovery/kubernetes/lease.h"
#include "discovery/kubernetes/policy_texts.h"

namespace herald::kubernetes {

struct PolicyReporterOptions {
  std::string space;  // of the Lease
  std::string lease = "herald-policy-status";
  std::string holder;  // us: a pod's name
};

// Owned by the app; what it borrows outlives it. One thread.
class PolicyReporter {
 public:
  // All problems of a set; each issue's file is the label of its object.
  using Check = std::function<Issues(const std::vector<PolicyObject>&)>;

  // Of a long list of problems, so much stands in a status.
  static constexpr size_t kMaxMessage = 4096;

  PolicyReporter(const Api& api, Log& log, Metrics& metrics,
                 const PolicyReporterOptions& options, Check check);
  ~PolicyReporter();
  PolicyReporter(const PolicyReporter&) = delete;
  PolicyReporter& operator=(const PolicyReporter&) = delete;

  void Start();
  bool leads() const { return lease_.leads(); }

 private:
  struct Due {
    PolicyObject object;
    PolicyCondition condition;
  };

  void Review();
  void Step();
  void OnAnswer(const StatusOr<http::WebAnswer>& answer);
  void Fail(const std::string& why);

  const Api api_;
  Log& log_;
  const Check check_;
  Counter& written_;
  Counter& failures_;
  KubernetesPolicies policies_;
  Lease lease_;
  discovery::Backoff backoff_;
  std::vector<Due> due_;  // the last goes first
  std::string failure_;   // as told last
  std::unique_ptr<http::Ask> ask_;
  TimerId pause_ = 0;
};

}  // namespace herald::kubernetes
