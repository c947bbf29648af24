// SPDX-License-Identifier: Apache-2.0
//
// Our own Agent in the API server: applied when something about us changes, its
// status when we begin or end to take calls, or enforce another policy.
//
//     idle <--- all is in ---- applying <---- something changed
//                                ^  |
//                      pause ----+  +---> pause (failed: told once, tried
//                                                for ever)
//
// It deletes nothing: the object is the Pod's and goes with it. Where it may
// not write, others do not find us here, and nothing else is amiss.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/http/ask.h"
#include "discovery/backoff.h"
#include "discovery/kubernetes/agent_object.h"
#include "discovery/kubernetes/api.h"

namespace herald::kubernetes {

// Owned by the app; what it borrows outlives it. One thread.
class Publisher {
 public:
  // A policy reaches a whole fleet at once; who enforces it is told within so
  // long, each at a time of its own.
  static constexpr Duration kHashSpread = std::chrono::seconds(30);

  Publisher(const Api& api, Log& log, Metrics& metrics);
  ~Publisher();
  Publisher(const Publisher&) = delete;
  Publisher& operator=(const Publisher&) = delete;

  // What others are to know of us from now on. REQUIRES: name and namespace
  // stay the same.
  void Publish(OwnAgent own);
  // Whether new calls may come; a no is told before anything else.
  void SetReady(bool ready);
  void SetPolicyHash(const std::string& hash);
  // Somebody took our Agent away.
  void PublishAgain();

  // Nothing is left to be told.
  bool settled() const { return !spec_due_ && !status_due_; }

 private:
  void Step();
  void Apply(bool status);
  void OnAnswer(bool status, StatusOr<http::WebAnswer> answer);
  void Fail(const std::string& why);
  void Settle();

  const Api api_;
  Log& log_;
  Counter& failures_;
  Gauge& published_;
  discovery::Backoff backoff_;
  std::optional<OwnAgent> own_;
  bool ready_ = true;
  std::string hash_;
  bool spec_due_ = false;
  bool status_due_ = false;
  std::string failure_;  // as told last
  std::unique_ptr<http::Ask> ask_;
  TimerId pause_ = 0;
  TimerId spread_ = 0;
};

}  // namespace herald::kubernetes
