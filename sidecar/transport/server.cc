// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/server.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "sidecar/transport/h3_codes.h"

namespace herald::transport {
namespace {

constexpr char kHandshakes[] = "herald_mesh_handshakes_total";
// What peers by datagram need at least to hear of something.
constexpr Duration kLeastNotice = std::chrono::milliseconds(50);

// Connections under an identity that was renewed are replaced over so many
// reviews, lest all peers shake hands at once.
constexpr uint64_t kRenewalSpread = 5;

constexpr char kHandshakesHelp[] = "handshakes of peers with us, by result";

}  // namespace

// One connection's end of the door.
struct Server::Served final : public http::RequestHandler {
  Served(call::CallHandler& to, uint64_t number) : handler(to), id(number) {}

  void OnRequest(http::RequestHead head, std::unique_ptr<http::Stream> stream,
                 bool end) override {
    handler.OnCall(origin, std::move(head), std::move(stream), end);
  }

  call::CallHandler& handler;
  const uint64_t id;
  call::Origin origin;
  MeshLink* link = nullptr;
  bool proven = false;  // came with a good token
  bool ready = false;
  // The identities of ours that it was made under, and was judged by last.
  uint64_t made = 0;
  uint64_t judged = 0;
};

Server::Server(const Parts& parts, const ServerOptions& options)
    : loop_(parts.loop),
      endpoint_(parts.endpoint),
      tls_(parts.tls),
      handler_(parts.handler),
      log_(parts.log),
      report_(parts.report ? parts.report : [] { return std::string(); }),
      moved_(parts.moved),
      options_(options),
      handshakes_(options.handshake_burst, options.handshakes_per_second,
                  parts.loop.Now()),
      handshakes_ok_(
          parts.metrics.counter(kHandshakes, kHandshakesHelp, "result=\"ok\"")),
      handshakes_failed_(parts.metrics.counter(kHandshakes, kHandshakesHelp,
                                               "result=\"failed\"")),
      retries_(parts.metrics.counter("herald_mesh_retries_total",
                                     "first packets answered with Retry")),
      dropped_(parts.metrics.counter("herald_mesh_initials_dropped_total",
                                     "first packets refused or dropped")),
      moves_(parts.metrics.counter("herald_mesh_peer_moves_total",
                                   "peers followed to another address")),
      connections_(parts.metrics.gauge("herald_mesh_connections",
                                       "connections of peers to us")) {
  endpoint_.SetAcceptor(this);
}

Server::~Server() {
  endpoint_.SetAcceptor(nullptr);
  for (auto& [id, served] : served_) served->link->Leave();
  endpoint_.FlushNow();
}

Duration Server::TellLoad() {
  Duration notice{0};
  for (auto& [id, served] : served_) {
    if (!served->ready) continue;
    const Duration needed =
        served->link->TellLoad()
            ? std::max(kLeastNotice,
                       2 * served->link->connection().Rtt().smoothed)
            : kMostNotice;
    notice = std::max(notice, std::min(needed, kMostNotice));
  }
  return notice;
}

void Server::Review(WallTime now) {
  ++reviews_;
  const uint64_t present = tls_.generation();
  for (auto& [id, served] : served_) {
    if (!served->ready) continue;
    MeshLink& link = *served->link;
    if (std::exchange(served->judged, present) != present &&
        !link.connection().TrustedBy(tls_)) {
      log_.Warning("mesh_peer_trusted_no_more",
                   {{"peer", served->origin.identity},
                    {"from", served->origin.remote.ToString()}});
      link.Close(kH3NoError, "trusted no more");
      continue;
    }
    const bool renewed =
        served->made != present && (id + reviews_) % kRenewalSpread == 0;
    if (renewed || link.connection().peer_until() <= now) link.Drain();
  }
}

void Server::Drain() {
  draining_ = true;
  for (auto& [id, served] : served_) served->link->Drain();
}

size_t Server::open_streams() const {
  size_t sum = 0;
  for (const auto& [id, served] : served_) sum += served->link->open_streams();
  return sum;
}

Server::Admission Server::Admit(TokenVerdict token) {
  if (token == TokenVerdict::kBadRetry) return Admission::kRefuse;
  if (draining_ || served_.size() >= options_.max_connections) {
    return Admission::kRefuse;
  }
  bool proven = token == TokenVerdict::kGood;
  if (!proven && half_open_ >= options_.max_half_open) {
    return Admission::kRetry;
  }
  if (handshakes_.Take(loop_.Now())) return Admission::kAccept;
  // The client sends again after its probe timeout.
  return proven ? Admission::kDrop : Admission::kRetry;
}

void Server::OnInitial(std::span<const uint8_t> datagram, const net::Path& path,
                       net::Ecn ecn) {
  InitialPacket initial;
  if (ngtcp2_accept(&initial.header, datagram.data(), datagram.size()) != 0) {
    return dropped_.Add();
  }
  TokenVerdict token =
      CheckToken(initial, path.remote, endpoint_.secret(), loop_.Now());
  switch (Admit(token)) {
    case Admission::kAccept:
      break;
    case Admission::kRetry:
      retries_.Add();
      return endpoint_.SendStateless(
          RetryPacket(initial.header, path.remote, endpoint_.secret(),
                      loop_.Now()),
          path);
    case Admission::kRefuse:
      dropped_.Add();
      return endpoint_.SendStateless(
          RefusalPacket(initial.header, token == TokenVerdict::kBadRetry
                                            ? NGTCP2_INVALID_TOKEN
                                            : NGTCP2_CONNECTION_REFUSED),
          path);
    case Admission::kDrop:
      return dropped_.Add();
  }
  auto served = std::make_unique<Served>(handler_, ++last_);
  served->origin.remote = path.remote;
  served->made = served->judged = tls_.generation();
  served->proven = token == TokenVerdict::kGood;
  if (!served->proven) ++half_open_;
  Served& ref = *served;
  served_.emplace(ref.id, std::move(served));
  ref.link = &endpoint_.Accept(initial, path, tls_.NewSession(""),
                               {ref, report_, *this});
  connections_.Set(static_cast<double>(served_.size()));
  ref.link->Feed(datagram, path, ecn);
}

Server::Served* Server::Find(const MeshLink& link) {
  for (auto& [id, served] : served_) {
    if (served->link == &link) return served.get();
  }
  return nullptr;
}

void Server::OnLinkReady(MeshLink& link) {
  Served* served = Find(link);
  HERALD_CHECK(served != nullptr, "links are entered when accepted");
  served->ready = true;
  if (!served->proven) --half_open_;
  served->origin.identity = link.connection().peer()->text();
  handshakes_ok_.Add();
  link.SendToken(
      AddressToken(served->origin.remote, endpoint_.secret(), loop_.Now()));
}

void Server::OnLinkMoved(MeshLink& link) {
  Served* served = Find(link);
  HERALD_CHECK(served != nullptr, "links are entered when accepted");
  moves_.Add();
  const std::string before = served->origin.remote.ToString();
  served->origin.remote = link.connection().remote();
  log_.Info("peer_moved", {{"peer", served->origin.identity},
                           {"from", before},
                           {"to", served->origin.remote.ToString()}});
  // Its next connection may come from there.
  link.SendToken(
      AddressToken(served->origin.remote, endpoint_.secret(), loop_.Now()));
  if (moved_) moved_(served->origin);
}

void Server::OnLinkOver(MeshLink& link) {
  Served* served = Find(link);
  HERALD_CHECK(served != nullptr, "links are entered when accepted");
  if (!served->ready) {
    if (!served->proven) --half_open_;
    handshakes_failed_.Add();
    log_.Warning("mesh_handshake_refused",
                 {{"from", served->origin.remote.ToString()},
                  {"why", link.connection().why()}});
  } else {
    log_.Debug("mesh_connection_over", {{"peer", served->origin.identity},
                                        {"why", link.connection().why()}});
  }
  served_.erase(served->id);
  connections_.Set(static_cast<double>(served_.size()));
}

}  // namespace herald::transport
