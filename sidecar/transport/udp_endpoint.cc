// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/udp_endpoint.h"

#include <openssl/rand.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace herald::transport {
namespace {

// RFC 9000 §14.1: smaller first packets are not answered.
constexpr size_t kLeastInitial = 1200;
// Answers to strangers, a second: enough for peers that restarted.
constexpr double kStatelessBurst = 100;
constexpr double kStatelessPerSecond = 100;

}  // namespace

UdpEndpoint::UdpEndpoint(EventLoop& loop, net::DatagramSocket& socket,
                         const TransportOptions& options, Metrics& metrics)
    : loop_(loop),
      socket_(&socket),
      options_(options),
      buffer_(Connection::kBatchSize),
      stateless_(kStatelessBurst, kStatelessPerSecond, loop.Now()),
      received_(metrics.counter("herald_mesh_datagrams_received_total",
                                "datagrams from the mesh socket")),
      received_bytes_(metrics.counter("herald_mesh_received_bytes_total",
                                      "bytes of datagrams received")),
      sent_bytes_(metrics.counter("herald_mesh_sent_bytes_total",
                                  "bytes of datagrams sent")),
      batches_(metrics.counter("herald_mesh_send_batches_total",
                               "system calls' worth of datagrams sent")),
      junk_(metrics.counter("herald_mesh_junk_datagrams_total",
                            "datagrams of no connection, dropped")),
      stateless_resets_(metrics.counter("herald_mesh_stateless_resets_total",
                                        "answers to forgotten connections")),
      version_negotiations_(
          metrics.counter("herald_mesh_version_negotiations_total",
                          "answers to unknown QUIC versions")),
      black_holes_(metrics.counter("herald_mesh_black_holes_total",
                                   "paths that began to lose long packets")) {
  RAND_bytes(secret_.data(), static_cast<int>(secret_.size()));
  socket_->SetEvents(this);
}

UdpEndpoint::~UdpEndpoint() {
  socket_->SetEvents(nullptr);
  // Streams are told; the users of links are gone (see the class comment).
  for (auto& link : links_) link->Discard();
  links_.clear();
}

MeshLink& UdpEndpoint::Connect(const Address& remote, SSL* session,
                               std::span<const uint8_t> token,
                               MeshLinkEvents& events) {
  LinkSetup setup;
  setup.connection = {{socket_->local(), remote},
                      &options_.quic,
                      secret_,
                      session,
                      nullptr,
                      token};
  setup.events = &events;
  return Add(setup);
}

MeshLink& UdpEndpoint::Accept(const InitialPacket& initial,
                              const net::Path& path, SSL* session,
                              const ServerSide& side) {
  LinkSetup setup;
  setup.connection = {path, &options_.quic, secret_, session, &initial, {}};
  setup.handler = &side.handler;
  setup.reporter = &side.reporter;
  setup.events = &side.events;
  return Add(setup);
}

MeshLink& UdpEndpoint::Add(const LinkSetup& setup) {
  auto link = std::make_unique<MeshLink>(*this, setup);
  MeshLink& ref = *link;
  links_.push_back(std::move(link));
  MarkDirty(ref);
  return ref;
}

void UdpEndpoint::Move(net::DatagramSocket& to) {
  socket_->SetEvents(nullptr);
  socket_ = &to;
  held_ = {};  // a batch of the old address counts as lost
  for (auto& link : links_) link->Move(to.local());
  socket_->SetEvents(this);
}

void UdpEndpoint::SendStateless(const Packet& packet, const net::Path& path) {
  if (packet.empty()) return;
  sent_bytes_.Add(packet.size());
  socket_->Send(path, packet, packet.size(), net::Ecn::kNotEct);
}

void UdpEndpoint::MarkDirty(MeshLink& link) {
  if (link.dirty) return;
  link.dirty = true;
  dirty_.push_back(&link);
  ScheduleFlush();
}

void UdpEndpoint::ScheduleFlush() {
  if (flush_scheduled_ || flushing_ || held_.size > 0) return;
  flush_scheduled_ = true;
  loop_.AtTurnEnd([this, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) FlushNow();
  });
}

void UdpEndpoint::FlushNow() {
  flush_scheduled_ = false;
  if (flushing_ || held_.size > 0) return;
  flushing_ = true;
  while (!dirty_.empty()) {
    MeshLink* link = dirty_.front();
    dirty_.pop_front();
    link->dirty = false;
    bool sent_all = link->Flush();
    if (sent_all && link->over()) {
      // What its end touches is flushed by this same loop; itself it must
      // not touch any more.
      link->dirty = true;
      link->Finish();
      Remove(*link);
      continue;
    }
    if (!sent_all) {
      if (!link->dirty) dirty_.push_front(link);
      link->dirty = true;
      break;
    }
  }
  flushing_ = false;
}

void UdpEndpoint::Remove(MeshLink& link) {
  auto it = std::find_if(links_.begin(), links_.end(),
                         [&](const auto& one) { return one.get() == &link; });
  HERALD_CHECK(it != links_.end(), "links are made by Add");
  dirty_.erase(std::remove(dirty_.begin(), dirty_.end(), &link), dirty_.end());
  links_.erase(it);
}

bool UdpEndpoint::Send(const Outgoing& out) {
  std::span<const uint8_t> bytes(buffer_.data(), out.size);
  if (!socket_->Send(out.path, bytes, out.segment, out.ecn)) {
    held_ = out;
    return false;
  }
  sent_bytes_.Add(out.size);
  batches_.Add();
  return true;
}

void UdpEndpoint::OnSendable() {
  if (held_.size > 0) {
    Outgoing again = std::exchange(held_, Outgoing{});
    if (!Send(again)) return;
  }
  if (!dirty_.empty()) ScheduleFlush();
}

void UdpEndpoint::OnDatagrams(const net::ReceivedBatch& batch) {
  received_bytes_.Add(batch.bytes.size());
  if (batch.segment == 0) return junk_.Add();
  net::Path path = *batch.path;
  // A client sends from whichever address the routes say; its connections know
  // it by none.
  if (acceptor_ == nullptr) path.local = socket_->local();
  for (size_t at = 0; at < batch.bytes.size(); at += batch.segment) {
    received_.Add();
    Dispatch(batch.bytes.subspan(
                 at, std::min(batch.segment, batch.bytes.size() - at)),
             path, batch.ecn);
  }
}

void UdpEndpoint::Dispatch(std::span<const uint8_t> datagram,
                           const net::Path& path, net::Ecn ecn) {
  ngtcp2_version_cid header;
  int rv = ngtcp2_pkt_decode_version_cid(&header, datagram.data(),
                                         datagram.size(), kConnectionIdSize);
  if (rv == NGTCP2_ERR_VERSION_NEGOTIATION) {
    if (acceptor_ == nullptr || datagram.size() < kLeastInitial ||
        !stateless_.Take(loop_.Now())) {
      return junk_.Add();
    }
    version_negotiations_.Add();
    return SendStateless(VersionNegotiation(header), path);
  }
  if (rv != 0 || header.dcidlen > kMaxConnectionIdSize) return junk_.Add();
  MeshLink* link = ids_.Find(ConnectionId({header.dcid, header.dcidlen}));
  if (link != nullptr) return link->Feed(datagram, path, ecn);
  AnswerStranger(datagram, header, path, ecn);
}

void UdpEndpoint::AnswerStranger(std::span<const uint8_t> datagram,
                                 const ngtcp2_version_cid& header,
                                 const net::Path& path, net::Ecn ecn) {
  constexpr uint8_t kLongHeader = 0x80;
  if ((datagram[0] & kLongHeader) != 0) {
    if (acceptor_ == nullptr || datagram.size() < kLeastInitial) {
      return junk_.Add();
    }
    return acceptor_->OnInitial(datagram, path, ecn);
  }
  if (!stateless_.Take(loop_.Now())) return junk_.Add();
  // The peer's own stateless reset looks like this too: only the connection
  // it ends can tell, by the token at its end (RFC 9000 §10.3.1).
  for (const auto& link : links_) {
    if (link->connection().remote() == path.remote) {
      link->Feed(datagram, path, ecn);
      if (link->over()) return;
    }
  }
  Packet reset =
      StatelessReset({header.dcid, header.dcidlen}, datagram.size(), secret_);
  if (reset.empty()) return junk_.Add();
  stateless_resets_.Add();
  SendStateless(reset, path);
}

}  // namespace herald::transport
