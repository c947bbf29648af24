// SPDX-License-Identifier: Apache-2.0
//
// The mesh side's front door: decides which first packets become connections,
// and hands each request to the call pipeline with the identity its
// connection proved.
//
// Under load it costs a stranger more than us: above a number of unproven
// handshakes, or a rate of them, a first packet without a token is answered
// with a stateless Retry, and nothing is allocated until the sender has shown
// that it receives at its address (RFC 9000 §8.1).
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>

#include "core/base/event_loop.h"
#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/net/tls.h"
#include "sidecar/call/origin.h"
#include "sidecar/transport/udp_endpoint.h"

namespace herald::transport {

struct ServerOptions {
  size_t max_half_open = 64;  // then Retry
  size_t max_connections = 4096;
  // A handshake costs about 1 ms of CPU; this is a fifth of a core.
  double handshake_burst = 200;
  double handshakes_per_second = 200;
};

// Owned by the app; everything handed in must outlive it, `handler` for as
// long as connections live. Destroyed before its endpoint.
class Server final : public Acceptor, public MeshLinkEvents {
 public:
  struct Parts {
    EventLoop& loop;
    UdpEndpoint& endpoint;
    const net::TlsContext& tls;
    call::CallHandler& handler;
    Metrics& metrics;
    Log& log;
    // Our own load, packed, for probes by datagram; null answers none.
    LoadProbes::Reporter report = {};
    // A peer goes on from another address: what policy said of its open calls
    // is to be asked again. May be null.
    std::function<void(const call::Origin&)> moved = {};
  };
  Server(const Parts& parts, const ServerOptions& options);
  ~Server() override;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // After so long whoever calls us has asked for our load by itself.
  static constexpr Duration kMostNotice = std::chrono::milliseconds(1500);
  // Sends each peer our load, unasked. Returns after how long it is known to
  // them: a round trip by datagram; where they take none, once they have asked
  // by themselves, as they do each second. Zero where nobody is connected.
  Duration TellLoad();
  // Takes no new connections or requests; the open ones are finished.
  void Drain();
  // To be called about each second: connections whose peer our trust does not
  // vouch for any more end; those made under an identity of ours that was
  // renewed, or whose peer's certificate has ended, are let finish.
  void Review(WallTime now);
  size_t connections() const { return served_.size(); }
  size_t open_streams() const;

  // Acceptor and MeshLinkEvents:
  void OnInitial(std::span<const uint8_t> datagram, const net::Path& path,
                 net::Ecn ecn) override;
  void OnLinkReady(MeshLink& link) override;
  void OnLinkCapacity(MeshLink&) override {}
  void OnLinkFlushed(MeshLink&) override {}
  void OnLinkMoved(MeshLink& link) override;
  void OnLinkToken(MeshLink&, std::span<const uint8_t>) override {}
  void OnLinkReport(MeshLink&, std::string_view) override {}
  void OnLinkOver(MeshLink& link) override;

 private:
  struct Served;
  enum class Admission { kAccept, kRetry, kRefuse, kDrop };
  Admission Admit(TokenVerdict token);
  Served* Find(const MeshLink& link);

  EventLoop& loop_;
  UdpEndpoint& endpoint_;
  const net::TlsContext& tls_;
  call::CallHandler& handler_;
  Log& log_;
  const LoadProbes::Reporter report_;
  const std::function<void(const call::Origin&)> moved_;
  const ServerOptions options_;
  std::map<uint64_t, std::unique_ptr<Served>> served_;  // by order of arrival
  uint64_t last_ = 0;
  uint64_t reviews_ = 0;
  size_t half_open_ = 0;
  bool draining_ = false;
  TokenBucket handshakes_;

  Counter& handshakes_ok_;
  Counter& handshakes_failed_;
  Counter& retries_;
  Counter& dropped_;
  Counter& moves_;
  Gauge& connections_;
};

}  // namespace herald::transport
