// SPDX-License-Identifier: Apache-2.0
//
// Our side's connection to one peer, over its whole life:
//
//         Open, Warm                ready
//   kIdle ----------> kConnecting ---------> kUp <--> kSuspect <--> kDown
//     ^                    |                  |       (the detector)  |
//     |                    | failed           | goaway, idle          | dead
//     +-- kDown, back-off -+------------------+-----------------------+
//
// kUp, kSuspect and kDown with a link are the detector's words for the same
// connection. A dead one is given up: its streams are told, and the way back
// is a handshake, paid by us and never by a user's call.
//
// Where the handshake gets no answer, TCP is tried beside it and may stand in
// (peer_fall_back.cc).
//
// Probes once a second (every five where nothing flows) keep the RTT fresh
// and an acknowledgement owed, so that silence is noticed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/base/random.h"
#include "core/net/tls.h"
#include "discovery/endpoint.h"
#include "sidecar/call/next_hop.h"
#include "sidecar/routing/signals.h"
#include "sidecar/transport/carrier.h"
#include "sidecar/transport/detector.h"
#include "sidecar/transport/probe.h"
#include "sidecar/transport/udp_endpoint.h"
#include "sidecar/transport/waiting_stream.h"

namespace herald::transport {

struct PoolOptions {
  // From the first packet to HTTP/3's settings: what a handshake may take
  // (TransportOptions) and a second.
  Duration ready_within = std::chrono::seconds(4);
  Duration patience = std::chrono::seconds(3);  // of a request for a stream
  size_t max_waiting = 1000;                    // requests, a peer
  Duration recent = std::chrono::seconds(10);   // used: probe often
  Duration probe_used = std::chrono::seconds(1);
  Duration probe_unused = std::chrono::seconds(5);
  Duration probe_least = std::chrono::milliseconds(100);  // between two
  Duration idle_close = std::chrono::minutes(5);
  Duration least_back_off = std::chrono::milliseconds(200);
  Duration longest_back_off = std::chrono::seconds(10);
  Duration rtt_every = std::chrono::milliseconds(100);
  // A QUIC handshake has that long before TCP is tried as well; while TCP
  // stands in, QUIC is tried again so often.
  Duration fall_back_after = std::chrono::milliseconds(750);
  Duration quic_again = std::chrono::seconds(30);
};

// What every connection of a pool shares; outlives them.
struct PoolParts {
  EventLoop& loop;
  Random& random;
  UdpEndpoint& endpoint;  // of ways without a binding
  const net::TlsContext& tls;
  call::PeerEvents& events;
  Metrics& metrics;
  Log& log;
  // Of ways with a binding; null where this machine cannot leave so.
  std::function<UdpEndpoint*(const discovery::Binding&)> bound = {};
  FallBackMaker fall_back = {};  // null: QUIC or nothing
};

// For /peers.
struct PeerDescription {
  std::string name;
  std::string identity;
  Address address;
  routing::Link link = routing::Link::kIdle;
  std::optional<Duration> rtt;  // none before the first handshake
  Duration rtt_variation{0};
  size_t open_streams = 0;
  size_t waiting = 0;
  bool over_tcp = false;
  std::string last_failure;  // why the last connection ended, or empty
};

// Owned by the PeerPool. One thread.
class PeerConnection final : public MeshLinkEvents, public FallBackEvents {
 public:
  PeerConnection(const PoolParts& parts, const PoolOptions& options,
                 discovery::EndpointPtr peer);
  ~PeerConnection() override;
  PeerConnection(const PeerConnection&) = delete;
  PeerConnection& operator=(const PeerConnection&) = delete;

  const discovery::Endpoint& peer() const { return *peer_; }
  // The same peer at the same address, described anew.
  void Update(discovery::EndpointPtr peer) { peer_ = std::move(peer); }

  std::unique_ptr<http::Stream> Open(const http::RequestHead& head, bool end,
                                     http::StreamEvents* events);
  // Connects, and stays connected.
  void Warm();
  // Asks for the peer's load now, over the connection there is, unless it was
  // asked within PoolOptions::probe_least.
  void ProbeSoon();
  void ProbeNow();
  // See Server::Review. A connection of before is replaced; its calls go on.
  void Review(WallTime now, bool its_turn);
  // Finishes what is open and takes nothing new.
  void Retire();
  bool retired_and_empty() const {
    return retired_ && link_ == nullptr && leaving_.empty() && !fall_back_ &&
           leaving_fall_backs_.empty();
  }
  PeerDescription Describe() const;

  // MeshLinkEvents:
  void OnLinkReady(MeshLink& link) override;
  void OnLinkCapacity(MeshLink& link) override;
  void OnLinkFlushed(MeshLink& link) override;
  void OnLinkMoved(MeshLink&) override {}  // servers of ours stay
  void OnLinkToken(MeshLink& link, std::span<const uint8_t> token) override;
  void OnLinkReport(MeshLink& link, std::string_view packed) override;
  void OnLinkOver(MeshLink& link) override;

  // FallBackEvents:
  void OnFallBackReady(FallBack& which) override;
  void OnFallBackSettled(FallBack& which) override;
  void OnFallBackOver(FallBack& which, const std::string& why) override;

 private:
  // What takes requests now; null while there is none.
  Carrier* Now();
  bool OnQuic() const;
  bool OnFallBack() const;
  void ExpectQuic();
  void LetFallBackGo();
  void EndFallBack(const std::string& why);
  void WatchFallBack();
  void JudgeFallBack();
  void OnFallBackAnswer();
  void TryQuicAgain();

  void Connect();
  UdpEndpoint* Leaving() const;
  void CannotConnect(std::string why);
  void ExpectReady();
  void LetGo();
  void PumpWaiting();
  void FailWaiting();
  void SetState(routing::Link state);
  void Announce();
  void Examine();
  void TellDown(Duration silent, const Measure& measure);
  void ReportRtt();
  void ScheduleProbe();
  void OnProbeTime();
  void AskLoad();
  void StartProbe(ProbeKind kind);
  bool Wanted() const;
  void ScheduleReconnect();

  const PoolParts& parts_;
  EventLoop& loop_;
  const PoolOptions& options_;
  discovery::EndpointPtr peer_;
  routing::Link state_ = routing::Link::kIdle;
  routing::Link announced_ = routing::Link::kIdle;
  bool announcing_ = false;
  MeshLink* link_ = nullptr;        // the one that takes requests
  std::vector<MeshLink*> leaving_;  // those that finish theirs
  std::unique_ptr<FallBack> fall_back_;
  bool fall_back_ready_ = false;
  std::vector<std::unique_ptr<FallBack>> leaving_fall_backs_;
  TimerId fall_back_timer_ = 0;
  TimerId watch_timer_ = 0;
  Time load_asked_at_{};  // by a request
  // Which of our identities link_ was made under, and was judged by last.
  uint64_t made_ = 0;
  uint64_t judged_ = 0;
  WaitingList waiting_;
  std::vector<uint8_t> token_;
  bool warm_ = false;
  bool retired_ = false;
  std::optional<Time> last_used_;
  int failures_ = 0;  // in a row
  std::string last_failure_;
  std::optional<RttSample> rtt_;
  Time rtt_reported_at_{};
  Health health_ = Health::kAlive;
  Time silent_from_{};  // where it is not alive
  Pauses pauses_;
  TimerId ready_timer_ = 0;
  TimerId detector_timer_ = 0;
  Time detector_at_ = kNever;
  TimerId probe_timer_ = 0;
  Time probed_at_{};
  TimerId reconnect_timer_ = 0;
  std::unique_ptr<Probe> load_probe_;
  std::unique_ptr<Probe> greeting_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

  Counter& connects_ok_;
  Counter& connects_failed_;
  Counter& deaths_;
  Counter& downs_;
  Counter& fallen_back_;
};

}  // namespace herald::transport
