// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/stream_server.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace herald::transport {
namespace {

constexpr char kHandshakes[] = "herald_mesh_tcp_handshakes_total";
constexpr char kHandshakesHelp[] =
    "handshakes of peers with us over TCP, by result";

}  // namespace

// One connection's end of the door.
struct StreamServer::Served final : public http::RequestHandler {
  Served(call::CallHandler& to, const Address& remote) : handler(to) {
    origin.remote = remote;
  }

  void OnRequest(http::RequestHead head, std::unique_ptr<http::Stream> stream,
                 bool end) override {
    handler.OnCall(origin, std::move(head), std::move(stream), end);
  }

  call::CallHandler& handler;
  call::Origin origin;
  std::unique_ptr<StreamLink> link;
};

StatusOr<std::unique_ptr<StreamServer>> StreamServer::Open(
    const Parts& parts, const ServerOptions& options, const Address& mesh) {
  HERALD_ASSIGN_OR_RETURN(
      auto socket, net::ListenSocket::Open(parts.loop, mesh, "listen.mesh"));
  return std::unique_ptr<StreamServer>(
      new StreamServer(parts, options, std::move(socket)));
}

StreamServer::StreamServer(const Parts& parts, const ServerOptions& options,
                           std::unique_ptr<net::ListenSocket> socket)
    : parts_(parts),
      options_(options),
      local_(socket->local()),
      socket_(std::move(socket)),
      handshakes_(options.handshake_burst, options.handshakes_per_second,
                  parts.loop.Now()),
      handshakes_ok_(
          parts.metrics.counter(kHandshakes, kHandshakesHelp, "result=\"ok\"")),
      handshakes_failed_(parts.metrics.counter(kHandshakes, kHandshakesHelp,
                                               "result=\"failed\"")),
      dropped_(parts.metrics.counter("herald_mesh_tcp_dropped_total",
                                     "TCP connections closed unheard")),
      connections_(parts.metrics.gauge("herald_mesh_tcp_connections",
                                       "connections of peers over TCP")) {
  socket_->Start(this);
}

StreamServer::~StreamServer() = default;

void StreamServer::Drain() {
  socket_.reset();
  for (auto& [id, served] : served_) served->link->Drain();
}

void StreamServer::Review(WallTime now) {
  for (auto& [id, served] : served_) served->link->Review(parts_.tls, now);
}

size_t StreamServer::open_streams() const {
  size_t sum = 0;
  for (const auto& [id, served] : served_) sum += served->link->open_streams();
  return sum;
}

// A stranger costs us a descriptor and, until its certificate is judged, part
// of a handshake: both are bounded, and who comes beyond that tries again.
void StreamServer::OnAccepted(net::UniqueFd fd, const Address& remote) {
  if (served_.size() >= options_.max_connections ||
      half_open_ >= options_.max_half_open ||
      !handshakes_.Take(parts_.loop.Now())) {
    return dropped_.Add();
  }
  ++half_open_;
  auto served = std::make_unique<Served>(parts_.handler, remote);
  served->link = std::make_unique<StreamLink>(
      StreamLink::Setup{
          .loop = parts_.loop,
          .fd = std::move(fd),
          .session = parts_.tls.NewSession("", net::Protocol::kHttp2),
          .handler = served.get(),
          .limits = StreamLimits()},
      *this);
  served_.emplace(++last_, std::move(served));
  connections_.Set(static_cast<double>(served_.size()));
}

void StreamServer::OnExhausted(const std::string& why) {
  parts_.log.Warning("mesh_tcp_accept_rests", {{"why", why}});
}

std::map<uint64_t, std::unique_ptr<StreamServer::Served>>::iterator
StreamServer::Find(const StreamLink& link) {
  auto it = std::find_if(served_.begin(), served_.end(), [&](const auto& one) {
    return one.second->link.get() == &link;
  });
  HERALD_CHECK(it != served_.end(), "links are entered when accepted");
  return it;
}

void StreamServer::OnStreamReady(StreamLink& link) {
  Served& served = *Find(link)->second;
  --half_open_;
  served.origin.identity = link.peer()->text();
  handshakes_ok_.Add();
}

void StreamServer::OnStreamOver(StreamLink& link) {
  auto it = Find(link);
  if (!link.ready()) {
    --half_open_;
    handshakes_failed_.Add();
    parts_.log.Warning("mesh_handshake_refused",
                       {{"from", it->second->origin.remote.ToString()},
                        {"over", "tcp"},
                        {"why", link.why()}});
  }
  served_.erase(it);
  connections_.Set(static_cast<double>(served_.size()));
}

}  // namespace herald::transport
