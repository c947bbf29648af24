// SPDX-License-Identifier: Apache-2.0
//
// Ourselves in an etcd: our key, bound to a lease that we keep alive. When we
// die the lease runs out and the key goes with it.
//
//   idle --> granting --> putting --> kept --a third of its life--> renewing
//              ^  ^                    ^                               |
//              |  +---- pause <-- failed                +--- answered -+
//              +--------------- the lease is over ------+
//
// While etcd is away the lease may run out without us; others keep what they
// know of us all the same, and we register anew when it is back.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/base/event_loop.h"
#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/base/random.h"
#include "core/base/time.h"
#include "discovery/backoff.h"
#include "discovery/etcd/api.h"

namespace herald::etcd {

struct PublisherOptions {
  std::string key;  // KeyOf(prefix, our name)
  Duration ttl = std::chrono::seconds(15);
};

// Owned by the app; what it borrows outlives it. One thread.
class EtcdPublisher {
 public:
  EtcdPublisher(Api& api, Random& random, Log& log, Metrics& metrics,
                PublisherOptions options);
  ~EtcdPublisher();
  EtcdPublisher(const EtcdPublisher&) = delete;
  EtcdPublisher& operator=(const EtcdPublisher&) = delete;

  // What others are to know of us from now on, as JSON.
  void Publish(std::string value);
  // Somebody took our key away.
  void PublishAgain();
  // Takes it back, with the lease; for the end. Nothing is published after.
  void Withdraw();

  // Others can read what was published last, as far as we know.
  bool published() const { return state_ == State::kKept && !due_; }
  // Withdraw was asked for, and was done or failed.
  bool withdrawn() const { return state_ == State::kWithdrawn; }

 private:
  enum class State { kIdle, kBusy, kKept, kPaused, kWithdrawn };

  void Grant();
  void OnGranted(const StatusOr<json::Object>& answer);
  void Put();
  void OnPut(const StatusOr<json::Object>& answer);
  void Renew();
  void OnRenewed(const StatusOr<json::Object>& answer);
  void Revoke();
  void Ask(std::string path, json::Object body,
           void (EtcdPublisher::*then)(const StatusOr<json::Object>&));
  void Keep();
  // Tells why, and tries `again` after a pause.
  void Fail(const std::string& why, void (EtcdPublisher::*again)());
  void After(Duration wait, void (EtcdPublisher::*then)());

  Api& api_;
  Random& random_;
  Log& log_;
  Counter& failures_;
  Gauge& published_;
  const PublisherOptions options_;
  discovery::Backoff backoff_;
  State state_ = State::kIdle;
  std::string value_;
  bool due_ = false;      // value_ is to be put
  bool leaving_ = false;  // Withdraw was asked for
  int64_t lease_ = 0;
  Time renewed_{};       // when the lease was last known to live
  std::string failure_;  // as told last
  std::unique_ptr<Api::Question> question_;
  TimerId timer_ = 0;
};

}  // namespace herald::etcd
