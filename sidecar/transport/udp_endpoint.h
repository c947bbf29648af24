// SPDX-License-Identifier: Apache-2.0
//
// Between one UDP socket and the links that share it: finds the link of each
// datagram by its connection id, flushes every touched link once at the end
// of the turn, and answers what belongs to none. A server's endpoint has an
// acceptor for first packets; a client's has none.
//
//   first half of a turn:   socket -> OnDatagrams -> CidTable -> link.Feed
//   its end:                each dirty link -> Pull -> socket.Send
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "core/base/event_loop.h"
#include "core/base/metrics.h"
#include "core/net/datagram_socket.h"
#include "sidecar/transport/cid_table.h"
#include "sidecar/transport/mesh_link.h"
#include "sidecar/transport/options.h"
#include "sidecar/transport/stateless.h"
#include "sidecar/transport/token_bucket.h"

namespace herald::transport {

// Judges the first packets of clients.
class Acceptor {
 public:
  virtual ~Acceptor() = default;
  virtual void OnInitial(std::span<const uint8_t> datagram,
                         const net::Path& path, net::Ecn ecn) = 0;
};

// Owned by the app. `loop`, `socket` and `metrics` must outlive it; the users
// of its links (server, peer pool) are destroyed before it.
class UdpEndpoint final : public net::DatagramEvents {
 public:
  UdpEndpoint(EventLoop& loop, net::DatagramSocket& socket,
              const TransportOptions& options, Metrics& metrics);
  ~UdpEndpoint() override;
  UdpEndpoint(const UdpEndpoint&) = delete;
  UdpEndpoint& operator=(const UdpEndpoint&) = delete;

  void SetAcceptor(Acceptor* acceptor) { acceptor_ = acceptor; }

  // Begins a connection; `session` passes to it. The link lives until its
  // OnLinkOver.
  MeshLink& Connect(const Address& remote, SSL* session,
                    std::span<const uint8_t> token, MeshLinkEvents& events);
  // What a server end brings to a link.
  struct ServerSide {
    http::RequestHandler& handler;
    const LoadProbes::Reporter& reporter;
    MeshLinkEvents& events;
  };
  MeshLink& Accept(const InitialPacket& initial, const net::Path& path,
                   SSL* session, const ServerSide& side);

  // Sends a packet of no connection; lost when the socket is full.
  void SendStateless(const Packet& packet, const net::Path& path);

  // Goes on over another socket, which must outlive this; the one of before is
  // not touched any more. Connections that we opened migrate to it.
  void Move(net::DatagramSocket& to);

  // Flushes what is dirty without waiting for the turn's end, so that
  // farewells leave before the process does.
  void FlushNow();

  std::span<const uint8_t> secret() const { return secret_; }
  const Address& local() const { return socket_->local(); }

  // For links.
  EventLoop& loop() { return loop_; }
  const TransportOptions& options() const { return options_; }
  CidTable& ids() { return ids_; }
  std::span<uint8_t> buffer() { return buffer_; }
  void MarkDirty(MeshLink& link);
  bool Send(const Outgoing& out);
  void CountBlackHoles(int more) {
    if (more > 0) black_holes_.Add(static_cast<uint64_t>(more));
  }

  // DatagramEvents:
  void OnDatagrams(const net::ReceivedBatch& batch) override;
  void OnSendable() override;

 private:
  MeshLink& Add(const LinkSetup& setup);
  void Remove(MeshLink& link);
  void Dispatch(std::span<const uint8_t> datagram, const net::Path& path,
                net::Ecn ecn);
  void AnswerStranger(std::span<const uint8_t> datagram,
                      const ngtcp2_version_cid& header, const net::Path& path,
                      net::Ecn ecn);
  void ScheduleFlush();

  EventLoop& loop_;
  net::DatagramSocket* socket_;
  const TransportOptions options_;
  Acceptor* acceptor_ = nullptr;
  std::array<uint8_t, 32> secret_;  // of tokens and resets; never leaves
  std::vector<uint8_t> buffer_;     // one batch
  std::vector<std::unique_ptr<MeshLink>> links_;  // in order of creation
  CidTable ids_;
  std::deque<MeshLink*> dirty_;
  bool flush_scheduled_ = false;
  bool flushing_ = false;
  Outgoing held_;  // in buffer_, waiting for OnSendable
  TokenBucket stateless_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);

  Counter& received_;
  Counter& received_bytes_;
  Counter& sent_bytes_;
  Counter& batches_;
  Counter& junk_;
  Counter& stateless_resets_;
  Counter& version_negotiations_;
  Counter& black_holes_;
};

}  // namespace herald::transport
