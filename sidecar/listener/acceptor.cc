// SPDX-License-Identifier: Apache-2.0
#include "sidecar/listener/acceptor.h"

#include <utility>

#include "core/net/stream_socket.h"
#include "core/net/tls_stream.h"

namespace herald::listener {

StatusOr<std::unique_ptr<Acceptor>> Acceptor::Open(
    const Surroundings& surroundings, AcceptorOptions options) {
  if (!options.address.is_loopback() && !options.remote_allowed) {
    return InvalidArgument(
        options.address.ToString() + " can be reached from other machines, " +
        "and what comes in there bears no proof of who sent it; use a " +
        "loopback address or a unix socket in " + options.setting);
  }
  HERALD_ASSIGN_OR_RETURN(
      auto socket, net::ListenSocket::Open(surroundings.loop, options.address,
                                           options.setting, options.access));
  return std::unique_ptr<Acceptor>(
      new Acceptor(surroundings, std::move(options), std::move(socket)));
}

Acceptor::Acceptor(const Surroundings& surroundings, AcceptorOptions options,
                   std::unique_ptr<net::ListenSocket> socket)
    : around_(surroundings),
      options_(std::move(options)),
      local_(socket->local()),
      socket_(std::move(socket)),
      accepted_(around_.metrics.counter(
          "herald_listener_accepted_total", "Connections taken, by setting.",
          "setting=\"" + options_.setting + "\"")),
      open_(around_.metrics.gauge("herald_listener_connections",
                                  "Connections open now, by setting.",
                                  "setting=\"" + options_.setting + "\"")) {
  socket_->Start(this);
  around_.log.Info("listening", {{"address", local_.ToString()},
                                 {"setting", options_.setting}});
}

Acceptor::~Acceptor() { open_.Add(-static_cast<double>(connections_.size())); }

std::unique_ptr<net::ByteStream> Acceptor::Stream(net::UniqueFd fd) {
  if (options_.tls == nullptr) {
    return std::make_unique<net::StreamSocket>(around_.loop, std::move(fd),
                                               nullptr);
  }
  return std::make_unique<net::TlsStream>(
      net::TlsStream::Setup{.loop = around_.loop,
                            .fd = std::move(fd),
                            .session = options_.tls->NewSession()},
      nullptr);
}

void Acceptor::OnAccepted(net::UniqueFd fd, const Address& remote) {
  accepted_.Add();
  open_.Add(1);
  uint64_t id = ++last_id_;
  connections_[id] = std::make_unique<Connection>(
      around_.loop,
      Connection::Client{id, Stream(std::move(fd)), remote, options_.agent},
      options_.limits, around_.handler, *this);
  // What the new one wants is not known yet.
  if (full() && !MakeRoom(id)) socket_->Pause();
}

bool Acceptor::MakeRoom(uint64_t but) {
  Connection* longest = nullptr;
  for (auto& [id, connection] : connections_) {
    if (id == but || !connection->CanGo()) continue;
    if (longest == nullptr || connection->used() < longest->used()) {
      longest = connection.get();
    }
  }
  if (longest == nullptr) return false;
  longest->Drain();
  return true;
}

void Acceptor::OnResting() {
  if (full()) MakeRoom();
}

void Acceptor::OnExhausted(const std::string& why) {
  around_.log.Warning("listener_rests",
                      {{"address", local_.ToString()}, {"why", why}});
  MakeRoom();
}

void Acceptor::OnClosed(uint64_t id) {
  connections_.erase(id);
  open_.Add(-1);
  if (socket_) socket_->Resume();
  if (connections_.empty() && drained_) {
    around_.loop.Post(std::exchange(drained_, nullptr));
  }
}

void Acceptor::Drain(std::function<void()> done) {
  socket_.reset();
  if (connections_.empty()) {
    around_.loop.Post(std::move(done));
    return;
  }
  drained_ = std::move(done);
  for (auto& [id, connection] : connections_) connection->Drain();
}

}  // namespace herald::listener
