// SPDX-License-Identifier: Apache-2.0
#include "core/net/web_connect.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/net/stream_socket.h"

namespace herald::net {
namespace {

// One of several addresses that swallows what it is sent must leave time for
// the next.
constexpr Duration kAddressTime = std::chrono::seconds(2);

// A server that vanished without a word is noticed within 45 s, also where
// HTTP has no way to ask it (HTTP/1.1). Fails on unix sockets, which know.
void KeepAlive(int fd) {
  const int on = 1;
  const int idle_s = 30;
  const int interval_s = 5;
  const int probes = 3;
  const unsigned unacknowledged_ms = 45'000;
  setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
  setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_ms,
             sizeof unacknowledged_ms);
}

}  // namespace

WebConnect::WebConnect(Setup setup, Done done)
    : setup_(std::move(setup)), done_(std::move(done)) {
  Try();
}

WebConnect::~WebConnect() { setup_.loop.Cancel(timer_); }

const WebTarget& WebConnect::target() const {
  return setup_.targets[(setup_.first + tried_) % setup_.targets.size()];
}

void WebConnect::Try() {
  last_refusal_ = "no connection in time";
  timer_ = setup_.loop.RunAt(setup_.loop.Now() + setup_.patience, [this] {
    timer_ = 0;
    Fail(last_refusal_);
  });
  if (target().unix_socket) {
    addresses_ = {*target().unix_socket};
    return DialNext();
  }
  resolve_ =
      std::make_unique<Resolve>(setup_.loop, target().host, target().port,
                                [this](StatusOr<std::vector<Address>> found) {
                                  OnResolved(std::move(found));
                                });
}

void WebConnect::OnResolved(StatusOr<std::vector<Address>> addresses) {
  resolve_.reset();
  if (!addresses.ok()) return Fail(Message(addresses.status()));
  addresses_ = *std::move(addresses);
  std::reverse(addresses_.begin(), addresses_.end());
  DialNext();
}

void WebConnect::DialNext() {
  const Address to = addresses_.back();
  addresses_.pop_back();
  const Duration patience = addresses_.empty() ? setup_.patience : kAddressTime;
  dial_ = std::make_unique<Dial>(
      setup_.loop, to, patience,
      [this](StatusOr<UniqueFd> fd) { OnDialled(std::move(fd)); });
}

void WebConnect::OnDialled(StatusOr<UniqueFd> fd) {
  dial_.reset();
  if (!fd.ok()) {
    last_refusal_ = Message(fd.status());
    return addresses_.empty() ? Fail(last_refusal_) : DialNext();
  }
  KeepAlive(fd->get());
  if (target().tls) return Secure(*std::move(fd));
  Finish(std::make_unique<StreamSocket>(setup_.loop, *std::move(fd), nullptr),
         setup_.http2 ? http::Protocol::kHttp2 : http::Protocol::kHttp1);
}

void WebConnect::Secure(UniqueFd fd) {
  HERALD_CHECK(setup_.tls != nullptr, "an https target comes with a context");
  last_refusal_ = "no TLS handshake in time";
  generation_ = setup_.tls->generation();
  const std::string& name =
      setup_.server_name.empty() ? target().host : setup_.server_name;
  securing_ = std::make_unique<TlsStream>(
      TlsStream::Setup{.loop = setup_.loop,
                       .fd = std::move(fd),
                       .session = setup_.tls->NewSession(name),
                       .patience = setup_.patience,
                       .secured =
                           [this] {
                             const auto protocol =
                                 WebProtocol(securing_->session());
                             Finish(std::move(securing_), protocol);
                           }},
      this);
}

// Both end in `done`, which may destroy us.
void WebConnect::Finish(std::unique_ptr<ByteStream> stream,
                        http::Protocol protocol) {
  setup_.loop.Cancel(std::exchange(timer_, 0));
  stream->SetEvents(nullptr);
  const size_t which = (setup_.first + tried_) % setup_.targets.size();
  std::exchange(done_, nullptr)(
      WebConnected{std::move(stream), protocol, which, generation_});
}

void WebConnect::Fail(const std::string& why) {
  setup_.loop.Cancel(std::exchange(timer_, 0));
  problems_ += (problems_.empty() ? "" : "; ") + target().text + ": " + why;
  resolve_.reset();
  dial_.reset();
  securing_.reset();
  if (++tried_ < setup_.targets.size()) return Try();
  std::exchange(done_, nullptr)(Unavailable(problems_));
}

}  // namespace herald::net
