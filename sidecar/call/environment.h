// SPDX-License-Identifier: Apache-2.0
//
// What every call needs of the sidecar around it: handed down once by app, or
// by a test, or by the simulator.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/event_loop.h"
#include "core/base/metrics.h"
#include "core/base/random.h"
#include "discovery/snapshot.h"
#include "policy/program.h"
#include "sidecar/audit/decision_sink.h"
#include "sidecar/call/handles.h"
#include "sidecar/call/next_hop.h"
#include "sidecar/call/node_views.h"
#include "sidecar/call/peer_book.h"
#include "sidecar/routing/load_meter.h"

namespace herald::audit {
class Meters;
}

namespace herald::call {

class RecentCalls;

// This sidecar itself, as others see it.
struct Self {
  std::string node;
  std::string identity;  // SPIFFE id
  std::optional<std::string> kubernetes_namespace;
  Site site;
  std::vector<discovery::AgentInfo> agents;
  // Where each of them listens, for messages.
  std::map<std::string, std::string, std::less<>> agent_addresses;

  // This node as a peer of itself: what a call of one of our agents to
  // another one of ours is judged by. Null where there are none.
  discovery::EndpointPtr endpoint;

  const discovery::AgentInfo* FindAgent(std::string_view name) const {
    for (const auto& agent : agents) {
      if (agent.name == name) return &agent;
    }
    return nullptr;
  }
};

// References outlive every call. One thread.
struct Environment {
  EventLoop& loop;
  Random& random;
  Metrics& metrics;
  audit::DecisionSink& decisions;
  NextHop& mesh;   // towards other sidecars
  NextHop& local;  // towards our own agents
  PeerBook& peers;
  routing::LoadMeter& load;
  Handles& handles;
  // The snapshot and the program in force now; a call keeps what it began
  // with for one attempt.
  std::function<discovery::SnapshotPtr()> snapshot;
  std::function<std::shared_ptr<const policy::Program>()> program;
  // 22 characters nobody can guess, for handles.
  std::function<std::string()> secret;
  Self self;
  // What a new policy is weighed against; null where nothing weighs.
  RecentCalls* recent = nullptr;
  // Durable counters; null: a call that must be metered is refused.
  audit::Meters* meters = nullptr;
  // Each decision is recorded, whether policy asks for it or not.
  bool record_all = false;
  // Calls under way at once, of our agents and of peers each; more are told to
  // come back (429).
  size_t open_calls = 10'000;
  // Calls that may be repeated are hedged (outbound_hedge.cc).
  bool hedging = true;
  // Set while draining: new calls from peers are refused, so that they go
  // elsewhere.
  bool draining = false;
  NodeViews views;
};

}  // namespace herald::call
