// SPDX-License-Identifier: Apache-2.0
//
// The mesh side's second door, on the TCP port of the same number: for peers
// whose UDP does not reach us. The same certificates, the same calls.
#pragma once

#include <cstddef>
#include <map>
#include <memory>

#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/net/asio_loop.h"
#include "core/net/listen_socket.h"
#include "core/net/tls.h"
#include "sidecar/call/origin.h"
#include "sidecar/transport/server.h"
#include "sidecar/transport/stream_link.h"
#include "sidecar/transport/token_bucket.h"

namespace herald::transport {

// Owned by the app; everything handed in must outlive it.
class StreamServer final : public net::ListenEvents, public StreamLinkEvents {
 public:
  struct Parts {
    net::AsioLoop& loop;
    const net::TlsContext& tls;
    call::CallHandler& handler;
    Metrics& metrics;
    Log& log;
  };
  // `options` as the QUIC door has them; each door counts for itself.
  static StatusOr<std::unique_ptr<StreamServer>> Open(
      const Parts& parts, const ServerOptions& options, const Address& mesh);
  ~StreamServer() override;

  // Takes no new connections or requests; the open ones are finished.
  void Drain();
  // Each second, as the QUIC door's.
  void Review(WallTime now);
  size_t connections() const { return served_.size(); }
  size_t open_streams() const;
  const Address& local() const { return local_; }

 private:
  struct Served;
  StreamServer(const Parts& parts, const ServerOptions& options,
               std::unique_ptr<net::ListenSocket> socket);

  void OnAccepted(net::UniqueFd fd, const Address& remote) override;
  void OnExhausted(const std::string& why) override;
  void OnStreamReady(StreamLink& link) override;
  void OnStreamSettled(StreamLink&) override {}
  void OnStreamOver(StreamLink& link) override;
  std::map<uint64_t, std::unique_ptr<Served>>::iterator Find(
      const StreamLink& link);

  const Parts parts_;
  const ServerOptions options_;
  const Address local_;
  std::unique_ptr<net::ListenSocket> socket_;  // null while draining
  std::map<uint64_t, std::unique_ptr<Served>> served_;
  uint64_t last_ = 0;
  size_t half_open_ = 0;
  TokenBucket handshakes_;

  Counter& handshakes_ok_;
  Counter& handshakes_failed_;
  Counter& dropped_;
  Gauge& connections_;
};

}  // namespace herald::transport
