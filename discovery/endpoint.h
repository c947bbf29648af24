// SPDX-License-Identifier: Apache-2.0
//
// One reachable peer, as a source of discovery reports it. Values only: this
// header is what routing and call see of discovery.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/address.h"
#include "core/base/site.h"

namespace herald::discovery {

// An agent that a peer serves.
struct AgentInfo {
  std::string name;
  std::vector<std::string> skills;
  std::vector<std::string> tags;
  // "GET *", "POST /summarize": method and path pattern of calls that may be
  // repeated without harm, beyond the methods HTTP calls safe.
  std::vector<std::string> idempotent;
  bool operator==(const AgentInfo&) const = default;
};

struct Endpoint {
  std::string name;      // "summarizer-fra", unique among peers
  Address address;       // UDP
  std::string identity;  // the SPIFFE id its certificate must bear
  Site site;
  std::vector<AgentInfo> agents;
  std::string via;  // name of the peer that relays to it, or empty

  // The entry of that name, or null.
  const AgentInfo* FindAgent(std::string_view agent) const {
    for (const AgentInfo& info : agents) {
      if (info.name == agent) return &info;
    }
    return nullptr;
  }
  bool operator==(const Endpoint&) const = default;
};

// Shared by every snapshot that holds it; never changes.
using EndpointPtr = std::shared_ptr<const Endpoint>;

}  // namespace herald::discovery
