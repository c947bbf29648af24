// SPDX-License-Identifier: Apache-2.0
//
// A renewed identity is used by new handshakes at once; connections made
// before are reviewed each second (transport/server.h) and replaced without a
// call being cut. What cannot be used changes nothing and is said so. Where
// the issuer vouches for us no more, we speak with nobody until it does again.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/event_loop.h"
#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/net/identity.h"
#include "core/net/tls.h"
#include "sidecar/identity/source.h"

namespace herald::identity {

// Owned by Sidecar's parts; borrows loop, log, metrics and contexts. One
// thread.
class Renewal final : public SourceEvents {
 public:
  struct Parts {
    EventLoop& loop;
    Log& log;
    Metrics& metrics;
    net::IdentityPtr identity;  // in use now
    std::string place;          // where it came from, for people
    std::vector<net::TlsContext*> contexts;
    // Called each second.
    std::function<void(WallTime now)> review;
  };
  explicit Renewal(Parts parts);
  ~Renewal() override;
  Renewal(const Renewal&) = delete;
  Renewal& operator=(const Renewal&) = delete;

  void Start();

  const net::Identity& identity() const { return *parts_.identity; }
  // Why what was offered last is not in use; empty where it is.
  const std::string& problem() const { return problem_; }
  // True while the issuer vouches for us no more.
  bool revoked() const { return revoked_; }

  void OnIdentity(net::IdentityPtr identity) override;
  void OnRefused(const std::string& why) override;
  void OnRevoked(const std::string& why) override;
  void OnUnreachable(const std::string& why) override;

 private:
  Status Use(const net::IdentityPtr& identity);
  void Review();

  Parts parts_;
  std::string problem_;
  bool revoked_ = false;
  TimerId review_timer_ = 0;
  Counter& renewed_;
  Counter& refused_;
  Counter& revoked_count_;
  Gauge& until_;
};

}  // namespace herald::identity
