// SPDX-License-Identifier: Apache-2.0
//
// One connection to one peer, whole: QUIC, the HTTP/3 on it, its ids and its
// timer. An endpoint owns it and feeds it; a server or a peer pool uses it.
//
// A link touched in a turn is dirty and is flushed once at the turn's end, so
// that acknowledgements, credit and data share packets. A link that is over
// is told to its user and destroyed there, never inside a call to it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/event_loop.h"
#include "sidecar/transport/carrier.h"
#include "sidecar/transport/connection.h"
#include "sidecar/transport/h3_session.h"
#include "sidecar/transport/load_probes.h"

namespace herald::transport {

class MeshLink;
class UdpEndpoint;

// Called at the end of a turn or from inside Feed; never from inside a call
// to the link.
class MeshLinkEvents {
 public:
  virtual ~MeshLinkEvents() = default;
  // The peer's identity is known; requests may flow.
  virtual void OnLinkReady(MeshLink& link) = 0;
  // More requests may be opened, or none any more (draining()).
  virtual void OnLinkCapacity(MeshLink& link) = 0;
  // Everything that could be sent was: time to look at RTT and silence.
  virtual void OnLinkFlushed(MeshLink& link) = 0;
  // The peer has another address, and has proven it: connection().remote().
  virtual void OnLinkMoved(MeshLink& link) = 0;
  virtual void OnLinkToken(MeshLink& link, std::span<const uint8_t> token) = 0;
  // The answer to AskLoad.
  virtual void OnLinkReport(MeshLink& link, std::string_view packed) = 0;
  // Its streams have been told. Destroyed when this returns.
  virtual void OnLinkOver(MeshLink& link) = 0;
};

// What a link is made from besides its endpoint.
struct LinkSetup {
  ConnectionSetup connection;
  http::RequestHandler* handler = nullptr;         // server ends
  const LoadProbes::Reporter* reporter = nullptr;  // server ends
  MeshLinkEvents* events = nullptr;
};

// Owned by its UdpEndpoint. One thread.
class MeshLink final : public Carrier,
                       public H3SessionEvents,
                       public ConnectionIdEvents,
                       public LoadProbeEvents {
 public:
  MeshLink(UdpEndpoint& endpoint, const LinkSetup& setup);
  ~MeshLink() override;
  MeshLink(const MeshLink&) = delete;
  MeshLink& operator=(const MeshLink&) = delete;

  bool ready() const { return session_.ready(); }
  bool draining() const { return session_.draining() || drain_timer_ != 0; }
  const Connection& connection() const { return connection_; }

  // Carrier
  bool CanOpen() const override { return session_.CanOpen(); }
  std::unique_ptr<http::Stream> Open(const http::RequestHead& head, bool end,
                                     http::StreamEvents* events) override;
  size_t open_streams() const override { return session_.open_streams(); }

  // Whether AskLoad may be called: the peer takes datagrams, and has not left
  // three of them in a row unanswered.
  bool CanAskLoad();
  // Asks the peer for its load, unless two such are under way.
  void AskLoad() { probes_.Ask(loop_.Now()); }

  // Our side has another address.
  void Move(const Address& local);

  // Tells the peer our load unasked; false where it takes no datagrams.
  bool TellLoad();
  // No new exchanges; ends when the open ones have.
  void Drain();
  // Ends now, with a word to the peer; open streams are lost.
  void Close(uint64_t code, const std::string& reason);
  // Ends now without one: the peer is dead.
  void Abandon(const std::string& reason);
  void SendToken(std::span<const uint8_t> token);
  // Its user goes first: nobody is told any more, requests are refused, and
  // the connection closes.
  void Leave();

  // For the endpoint.
  void Feed(std::span<const uint8_t> datagram, const net::Path& path,
            net::Ecn ecn);
  // False when the socket is full: call again when it is not.
  bool Flush();
  // Tells streams and user that it is over.
  void Finish();
  // Tells streams only: the endpoint itself goes.
  void Discard() { session_.Lose(); }
  bool over() const { return connection_.state() == Connection::State::kOver; }

  // H3SessionEvents, ConnectionIdEvents and LoadProbeEvents:
  void OnSessionReady() override;
  void OnSessionActivity() override;
  void OnSessionCapacity() override;
  void OnIdAdded(const ConnectionId& id) override;
  void OnIdRemoved(const ConnectionId& id) override;
  void OnNewToken(std::span<const uint8_t> token) override;
  void OnProbeActivity() override;
  void OnReport(std::string_view packed) override;

  bool dirty = false;  // on the endpoint's list

 private:
  Time Deadline() const;
  void ArmTimer();
  void OnTimer();

  UdpEndpoint& endpoint_;
  EventLoop& loop_;
  MeshLinkEvents* events_;  // null after Leave
  std::vector<ConnectionId> ids_;
  bool closing_when_idle_ = false;
  int moves_ = 0;  // told
  int black_holes_ = 0;
  TimerId timer_ = 0;
  Time timer_at_ = kNever;
  std::optional<Time> owes_ack_since_;
  TimerId drain_timer_ = 0;
  H3Session session_;
  LoadProbes probes_;
  Connection connection_;
};

}  // namespace herald::transport
