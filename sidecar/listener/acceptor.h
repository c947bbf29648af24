// SPDX-License-Identifier: Apache-2.0
//
// One listen address and the connections it brought: the agents' side of the
// sidecar, and the admin page's. Plain HTTP has no identity to show, so an
// address that other machines can reach is refused unless the configuration
// says in so many words that it is meant.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "core/base/address.h"
#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/base/status.h"
#include "core/http/message.h"
#include "core/net/asio_loop.h"
#include "core/net/listen_socket.h"
#include "core/net/web_tls.h"
#include "sidecar/call/origin.h"
#include "sidecar/listener/connection.h"

namespace herald::listener {

struct AcceptorOptions {
  Address address;
  // The agent every request here is meant for, whatever it says.
  std::optional<std::string> agent;
  // The configuration's name of this address, for errors.
  std::string setting = "listen.agents";
  bool remote_allowed = false;
  net::SocketAccess access = net::SocketAccess::kOwner;  // unix sockets
  // At this bound the one that has rested longest is closed for each that
  // comes; while none rests, further ones wait in the kernel's queue. An agent
  // that streams holds a connection a stream, if it speaks HTTP/1.1.
  size_t connections_max = 4096;
  http::Limits limits;
  // HTTPS with this server end, which outlives the acceptor and may be given
  // renewed certificates while it runs; null: plain HTTP.
  const net::WebTls* tls = nullptr;
};

// Owned by whoever assembles the process; borrows all it is given. Its end
// closes its connections.
class Acceptor final : public net::ListenEvents, public Connection::Events {
 public:
  struct Surroundings {
    net::AsioLoop& loop;
    call::CallHandler& handler;
    Log& log;
    Metrics& metrics;
  };

  static StatusOr<std::unique_ptr<Acceptor>> Open(
      const Surroundings& surroundings, AcceptorOptions options);
  ~Acceptor() override;

  // With the port that was found, where 0 was asked for.
  const Address& local() const { return local_; }
  size_t connections() const { return connections_.size(); }

  // Takes no connections any more and ends when the exchanges of the open
  // ones are over. `done` runs once, on the loop, not from inside.
  void Drain(std::function<void()> done);

 private:
  Acceptor(const Surroundings& surroundings, AcceptorOptions options,
           std::unique_ptr<net::ListenSocket> socket);

  std::unique_ptr<net::ByteStream> Stream(net::UniqueFd fd);
  void OnAccepted(net::UniqueFd fd, const Address& remote) override;
  void OnExhausted(const std::string& why) override;
  void OnClosed(uint64_t id) override;
  void OnResting() override;

  bool full() const { return connections_.size() >= options_.connections_max; }
  // Closes the one that has rested longest, but for that; false: there is none.
  bool MakeRoom(uint64_t but = 0);

  Surroundings around_;
  const AcceptorOptions options_;
  const Address local_;
  std::unique_ptr<net::ListenSocket> socket_;  // null while draining
  std::map<uint64_t, std::unique_ptr<Connection>> connections_;
  uint64_t last_id_ = 0;
  std::function<void()> drained_;
  Counter& accepted_;
  Gauge& open_;
};

}  // namespace herald::listener
