// SPDX-License-Identifier: Apache-2.0
//
// One way to one reachable peer, as a source of discovery reports it. A peer
// with several addresses (a private interconnect, a 5G slice, the internet) is
// as many endpoints of one name, which differ in the way alone: policy judges
// each by what it passes, routing weighs each by what was measured on it.
// Values only: this header is what routing and call see of discovery. What many
// endpoints say alike is Shared, so that a sidecar may know 100,000 of them.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/address.h"
#include "core/base/shared.h"
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
  // Media types it takes and gives, as in its card: "text/plain".
  std::vector<std::string> input_modes;
  std::vector<std::string> output_modes;
  // Labels of data that it says it can take; none: it says nothing about it.
  // Policy decides, not this.
  std::vector<std::string> labels;
  // As its card says, for people.
  std::string description;
  std::string version;
  bool operator==(const AgentInfo&) const = default;
};

// How a connection leaves this machine, where a way says so.
struct Binding {
  std::optional<Address> source;  // an address of ours, port 0
  std::string interface;          // "eth1"; empty: as the routes say
  std::optional<uint8_t> dscp;    // 0..63, RFC 2474
  bool operator==(const Binding&) const = default;
};

struct Endpoint {
  std::string name;  // "summarizer-fra", unique among peers
  Shared<std::string>
      way;          // "slice", unique in the peer; empty: it has but one
  Address address;  // UDP
  Shared<std::string> identity;  // the SPIFFE id its certificate must bear
  Shared<Site> site;
  Shared<std::vector<AgentInfo>> agents;
  Shared<std::string> via;  // name of the peer that relays to it, or empty
  // Networks that the way passes, in travel order; they see no clear text.
  Shared<std::vector<Site>> transit;
  Shared<Binding> binding;
  // What sending costs, in US cents a GiB; unknown counts as nothing.
  std::optional<float> egress_cents_per_gib;

  // The entry of that name, or null.
  const AgentInfo* FindAgent(std::string_view agent) const {
    for (const AgentInfo& info : agents) {
      if (info.name == agent) return &info;
    }
    return nullptr;
  }
  // "summarizer-fra", "summarizer-fra by slice"
  std::string Label() const {
    return way.empty() ? name : name + " by " + *way;
  }
  bool operator==(const Endpoint&) const = default;
};

// Shared by every snapshot that holds it; never changes.
using EndpointPtr = std::shared_ptr<const Endpoint>;

}  // namespace herald::discovery
