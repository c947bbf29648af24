// SPDX-License-Identifier: Apache-2.0
//
// A sidecar's configuration file: text to plain values, with every problem in
// it at once. It opens no other file; what the named files hold is for
// check_config.h. Paths come out relative to where the sidecar runs, that is,
// prefixed by the folder of the configuration.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/address.h"
#include "core/base/issue.h"
#include "core/base/site.h"
#include "core/net/listen_socket.h"
#include "discovery/endpoint.h"
#include "discovery/kubernetes/access.h"
#include "sidecar/app/discovery_settings.h"
#include "sidecar/app/identity_settings.h"
#include "sidecar/app/policy_settings.h"

namespace herald::app {

inline constexpr char kDefaultAgentsAddress[] = "127.0.0.1:15001";
inline constexpr char kDefaultAgentsSocket[] = "/run/herald/agents.sock";
inline constexpr char kDefaultCardPath[] = "/.well-known/agent-card.json";
inline constexpr char kDefaultMeshAddress[] = "0.0.0.0:15443";
inline constexpr char kDefaultAdminAddress[] = "127.0.0.1:15000";

struct NodeConfig {
  std::string name;
  // As written; absent, the /ns/X/ of the SPIFFE id holds.
  std::optional<std::string> kubernetes_namespace;
  Site site;
};

enum class AgentProtocol : uint8_t { kHttp1, kH2c };

// An agent that this sidecar serves.
struct AgentConfig {
  discovery::AgentInfo agent;
  Address address;
  AgentProtocol protocol = AgentProtocol::kHttp1;
  std::string card;  // path of its A2A card; empty: it is asked for none
};

// Where agents reach this sidecar.
struct AgentListenerConfig {
  Address address;
  std::optional<std::string> agent;  // all that arrives there is for it
  Position at;                       // where `address` stands
  // A default: passed over where its folder is not ours.
  bool where_possible = false;
  net::SocketAccess access = net::SocketAccess::kOwner;
};

// What this sidecar bears at once.
struct LimitsConfig {
  // Calls under way, of our agents and of peers each.
  size_t open_calls = 10'000;
};

struct Config {
  std::string file;
  kubernetes::Pod pod;  // that we run in; all empty: none
  NodeConfig node;
  IdentitySettings identity;
  std::vector<AgentConfig> agents;
  std::vector<AgentListenerConfig> agent_listeners;
  Address mesh;
  Address admin;
  // /livez, /readyz and /metrics alone, for a kubelet and for Prometheus.
  std::optional<Address> health;
  AdminChanges admin_changes = AdminChanges::kLocal;
  DiscoverySettings discovery;
  PolicyPlaces policies;
  PolicySettings policy_settings;
  LimitsConfig limits;
  bool hedging = true;  // of calls that may be repeated
};

struct ParsedConfig {
  Config config;  // whole only when `issues` has no error
  Issues issues;
};

// `file` is the path of the configuration; `text` what it holds. What `pod`
// says of the node need not stand there.
ParsedConfig ParseConfig(const std::string& file, std::string text,
                         kubernetes::Pod pod = {});

}  // namespace herald::app
