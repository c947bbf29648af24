// SPDX-License-Identifier: Apache-2.0
//
// A sidecar without an outside, for the tests of this folder: virtual time,
// next hops that a test plays, decisions kept in memory. Node `planner-0` (DE)
// serves agent `planner`; `summarizer` is served by peers `sum-de`, `sum-fr`
// and `sum-us`. Policy permits unlabelled data everywhere, `personal` in DE
// and FR, `audited` everywhere with a record, `filed` with one that is on the
// disk first, and nothing else.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/site.h"
#include "sidecar/call/context.h"
#include "sidecar/call/environment.h"
#include "sidecar/call/inbound.h"
#include "sidecar/call/outbound.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/fake_loop.h"

namespace herald::call {

using test::FarEnd;
using FarEndPtr = std::shared_ptr<FarEnd>;

Site SiteIn(std::string_view country, std::string_view operator_name = "acme");

// A peer at 10.0.0.N that serves `agents`.
discovery::EndpointPtr Peer(std::string name, std::string_view country,
                            std::vector<discovery::AgentInfo> agents);

http::RequestHead Request(std::string_view method, std::string_view path);

// Keeps what was opened, for the test to play on.
class FakeNextHop final : public NextHop {
 public:
  struct Opened {
    std::string peer;  // "" for an agent of our own
    std::string agent;
    http::RequestHead head;
    bool end;
    FarEndPtr far;
  };
  std::unique_ptr<http::Stream> Open(policy::Permit permit,
                                     const Target& target,
                                     const http::RequestHead& head, bool end,
                                     http::StreamEvents* events) override;

  void ProbeSoon(const discovery::Endpoint& peer) override {
    probed.push_back(peer.name);
  }

  std::vector<Opened> opened;
  std::vector<std::string> probed;
  // The latest. REQUIRES: there is one.
  FarEnd& far() { return *opened.back().far; }
  const http::RequestHead& head() { return opened.back().head; }
  const std::string& peer() { return opened.back().peer; }
};

class MemoryDecisions final : public audit::DecisionSink {
 public:
  bool writable() const override { return is_writable; }
  void Write(std::string_view line) override { lines.emplace_back(line); }
  uint64_t AwaitDisk(Kept done) override {
    if (!is_slow) return DecisionSink::AwaitDisk(std::move(done));
    waits.emplace(++last_wait, std::move(done));
    return last_wait;
  }
  void Forget(uint64_t wait) override { waits.erase(wait); }
  // What was awaited is, or is not, on the disk.
  void Settle(bool kept) {
    auto settled = std::exchange(waits, {});
    for (auto& [wait, done] : settled) done(kept);
  }

  bool is_writable = true;
  bool is_slow = false;  // waits last until Settle
  std::map<uint64_t, Kept> waits;
  uint64_t last_wait = 0;
  std::vector<std::string> lines;
};

class Scene {
 public:
  Scene();

  // A request of an agent of ours, as if it came on a listener.
  FarEndPtr Ask(http::RequestHead head, bool end = true,
                std::optional<std::string> listener_agent = std::nullopt);

  // What a well-behaved caller's sidecar at `country` says of a call to
  // `planner`.
  CallContext Context(std::string_view country = "FR",
                      std::string_view operator_name = "acme") const;
  // A request of the peer `spiffe://acme.example/agent/caller` with that
  // context; without one, bare.
  FarEndPtr Deliver(http::RequestHead head, bool end = true);
  FarEndPtr Deliver(http::RequestHead head, const CallContext& context,
                    bool end = true);

  // Peers known from now on.
  void Know(std::vector<discovery::EndpointPtr> peers);
  void SetLink(const std::string& peer, routing::Link link) {
    peers.OnLink({.name = peer}, link);
  }

  uint64_t CounterValue(const std::string& name) {
    return metrics.counter(name, "").value();
  }

  test::FakeLoop loop;
  Random random{7};
  Metrics metrics;
  MemoryDecisions decisions;
  FakeNextHop mesh;
  FakeNextHop local;
  PeerBook peers{loop};
  routing::LoadMeter load;
  Handles handles;
  discovery::SnapshotPtr snapshot;
  std::shared_ptr<const policy::Program> program;
  int secrets = 0;
  Environment environment;
  InboundCalls inbound{environment};
  OutboundCalls outbound{environment, inbound};
};

// The head of an answer that the peer's sidecar gave by itself.
http::ResponseHead OwnAnswer(int status, bool not_processed);

}  // namespace herald::call
