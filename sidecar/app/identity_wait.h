// SPDX-License-Identifier: Apache-2.0
//
// While a sidecar waits for its first identity: it lives, its admin page says
// what it waits for, and nothing else is open.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/net/asio_loop.h"
#include "sidecar/admin/admin_source.h"
#include "sidecar/admin/server.h"
#include "sidecar/app/config.h"
#include "sidecar/identity/source.h"
#include "sidecar/listener/acceptor.h"

namespace herald::app {

// Owned by the Sidecar; borrows all it is given. Its end frees the admin
// address.
class IdentityWait final : public identity::SourceEvents,
                           public admin::AdminSource {
 public:
  // Called once, on the loop and not from inside; may destroy the wait.
  using Done = std::function<void(net::IdentityPtr)>;

  static StatusOr<std::unique_ptr<IdentityWait>> Open(const app::Config& config,
                                                      net::AsioLoop& loop,
                                                      Log& log,
                                                      identity::Source& source,
                                                      Done done);
  ~IdentityWait() override;

  // identity::SourceEvents.
  void OnIdentity(net::IdentityPtr identity) override;
  void OnRefused(const std::string& why) override { Say(why); }
  void OnRevoked(const std::string& why) override { Say(why); }
  void OnUnreachable(const std::string& why) override { Say(why); }

  // admin::AdminSource: there is nothing to tell yet but why.
  std::vector<std::string> NotReadyBecause() override;
  std::vector<std::string> Notices() override { return {}; }
  json::Value Peers() override { return json::Array(); }
  admin::Explanation Agents(std::string_view) override {
    return {.value = json::Object{{"agents", json::Array()}}};
  }
  json::Value Discovery() override { return json::Array(); }
  admin::Document Config() override { return {"text/plain", why_}; }
  admin::Document Policy() override { return {"text/plain", why_}; }
  admin::Explanation Explain(const json::Value&) override;
  admin::Explanation Route(const json::Value&) override;
  json::Value PolicyStatus() override { return json::Object(); }
  bool MayChange(bool) override { return false; }
  admin::Change Rollback(const std::string&) override { return NotYet(); }
  admin::Change Drain() override { return NotYet(); }
  json::Value Decisions(std::string_view) override { return nullptr; }

 private:
  IdentityWait(net::AsioLoop& loop, Log& log, identity::Source& source,
               Done done);
  void Say(const std::string& why);
  admin::Change NotYet() const;

  net::AsioLoop& loop_;
  Log& log_;
  identity::Source& source_;
  Done done_;
  std::string why_;
  Metrics metrics_;
  admin::AdminServer admin_;
  std::unique_ptr<listener::Acceptor> acceptor_;
  std::shared_ptr<IdentityWait*> self_;  // null in it when we are gone
};

}  // namespace herald::app
