// SPDX-License-Identifier: Apache-2.0
//
// One of several replicas leads: whoever holds a Lease of the API server
// (coordination.k8s.io/v1), as Kubernetes' own controllers do it.
//
//    waiting --- the Lease is free, or was not renewed in its time ---> taking
//       ^                                                                 |
//       |<------ somebody else was first ---------------------------------+
//       |                                                                 v
//       +<------ not renewed for kRenewWithin, or lost ---------------- leading
//
// The holder's clock is not trusted: a Lease is old when *we* have seen it
// unchanged for its whole time. Two may believe for some seconds that they
// lead, so what a leader does must bear being done twice.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/log.h"
#include "core/http/ask.h"
#include "discovery/kubernetes/api.h"

namespace herald::kubernetes {

struct LeaseOptions {
  std::string space;   // "herald-system"
  std::string name;    // "herald-injector"
  std::string holder;  // us: a pod's name
};

// Owned by the app; what it borrows outlives it. One thread.
class Lease {
 public:
  // Those of Kubernetes' leader election.
  static constexpr Duration kLasts = std::chrono::seconds(15);
  static constexpr Duration kRenewWithin = std::chrono::seconds(10);
  static constexpr Duration kRetry = std::chrono::seconds(2);

  // `changed` is called on the loop when we begin or cease to lead.
  Lease(const Api& api, Log& log, LeaseOptions options,
        std::function<void(bool leads)> changed);
  ~Lease();
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;

  void Start();
  bool leads() const { return leads_; }

 private:
  void Look();
  void OnLooked(const StatusOr<http::WebAnswer>& answer);
  void Judge(const json::Object& lease);
  void Write(const char* method, const std::string& version,
             int64_t transitions);
  void OnWritten(const StatusOr<http::WebAnswer>& answer);
  void Ask(StatusOr<http::WebRequest> request,
           void (Lease::*then)(const StatusOr<http::WebAnswer>&));
  void Again();
  void Set(bool leads);
  std::string Path() const;

  const Api api_;
  Log& log_;
  const LeaseOptions options_;
  const std::function<void(bool)> changed_;
  bool leads_ = false;
  Time renewed_{};        // by us, last
  std::string seen_;      // the record as it was last
  Time seen_at_{};        // since when it has been so
  std::string acquired_;  // when we took it, as the Lease says it
  std::unique_ptr<http::Ask> ask_;
  TimerId timer_ = 0;
};

// "2026-11-21T02:50:00.000000Z", the one form that Kubernetes takes for times
// with microseconds.
std::string ToMicroTime(WallTime at);

}  // namespace herald::kubernetes
