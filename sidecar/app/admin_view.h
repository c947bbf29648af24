// SPDX-License-Identifier: Apache-2.0
//
// What the admin pages show of this sidecar, gathered when somebody looks.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "discovery/directory.h"
#include "policy/store.h"
#include "sidecar/admin/admin_source.h"
#include "sidecar/app/agent_cards.h"
#include "sidecar/app/config.h"
#include "sidecar/app/policy_rollout.h"
#include "sidecar/app/policy_source.h"
#include "sidecar/audit/decision_log.h"
#include "sidecar/audit/meters.h"
#include "sidecar/audit/recent_lines.h"
#include "sidecar/call/environment.h"
#include "sidecar/identity/renewal.h"
#include "sidecar/transport/peer_pool.h"

namespace herald::app {

// Owned by Sidecar's parts; borrows all it is given.
class AdminView final : public admin::AdminSource {
 public:
  // How far a drain is.
  struct Drained {
    bool shut = false;  // calls of peers are refused
    size_t calls_in = 0;
    size_t calls_out = 0;
  };
  struct Sources {
    const app::Config& config;
    call::Environment& environment;
    const discovery::Directory& directory;
    const policy::Store& policy;
    const PolicySource& policy_source;
    PolicyRollout& rollout;
    const audit::RecentLines& recent;
    const audit::DecisionLog& log;
    const audit::Meters& meters;
    const identity::Renewal& renewal;
    const std::unique_ptr<AgentCards>& cards;  // null until they are read
    const transport::PeerPool& pool;
    std::function<Drained()> drain;
  };
  explicit AdminView(const Sources& sources) : from_(sources) {}

  std::vector<std::string> NotReadyBecause() override;
  std::vector<std::string> Notices() override;
  json::Value Peers() override;
  admin::Explanation Agents(std::string_view query) override;
  json::Value Discovery() override;
  admin::Document Config() override;
  admin::Document Policy() override;
  admin::Explanation Explain(const json::Value& question) override;
  admin::Explanation Route(const json::Value& question) override;
  json::Value PolicyStatus() override;
  bool MayChange(bool local) override;
  admin::Change Rollback(const std::string& to) override;
  admin::Change Drain() override;
  json::Value Decisions(std::string_view call) override;

 private:
  json::Object Peer(const discovery::Endpoint& peer) const;
  json::Value CardOf(const AgentConfig& agent) const;
  json::Value StaleSeconds(const discovery::SourceStatus& status) const;
  bool Allowed(const discovery::Endpoint& peer) const;

  const Sources from_;
};

}  // namespace herald::app
