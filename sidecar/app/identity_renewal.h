// SPDX-License-Identifier: Apache-2.0
//
// Certificate, key and trust are read again when their files change, however
// they are replaced, and new handshakes use them at once. Files that cannot be
// used change nothing and are said so; connections made before are reviewed
// each second (transport/server.h) and replaced without a call being cut.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/event_loop.h"
#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/net/identity.h"
#include "core/net/tls.h"
#include "discovery/static_file_source.h"

namespace herald::app {

// Owned by Sidecar's parts; borrows loop, log, metrics and contexts. One
// thread.
class IdentityRenewal {
 public:
  // Files are replaced one after the other, so for a moment they may not fit.
  // Only what lasts so long is a problem.
  static constexpr Duration kPatience = std::chrono::milliseconds(500);

  struct Parts {
    EventLoop& loop;
    Log& log;
    Metrics& metrics;
    net::IdentityFiles files;
    discovery::FileAccess access;
    net::IdentityPtr identity;  // in use now
    std::vector<net::TlsContext*> contexts;
    // Called each second.
    std::function<void(WallTime now)> review;
  };
  explicit IdentityRenewal(Parts parts);
  ~IdentityRenewal();
  IdentityRenewal(const IdentityRenewal&) = delete;
  IdentityRenewal& operator=(const IdentityRenewal&) = delete;

  void Start();

  const net::Identity& identity() const { return *parts_.identity; }
  // Why what the files hold now is not in use; empty where it is.
  const std::string& problem() const { return problem_; }

 private:
  void Watch(const std::string& path);
  // `patient`: a problem may be one of the moment.
  void Load(bool patient);
  Status Use(const net::IdentityFiles& texts);
  StatusOr<net::IdentityFiles> Read() const;
  void Review();

  Parts parts_;
  net::IdentityFiles texts_;  // as read last, good or not
  std::vector<std::shared_ptr<void>> watches_;
  std::string problem_;
  TimerId retry_timer_ = 0;
  TimerId review_timer_ = 0;
  Counter& renewed_;
  Counter& refused_;
  Gauge& until_;
};

}  // namespace herald::app
