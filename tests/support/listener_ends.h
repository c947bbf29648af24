// SPDX-License-Identifier: Apache-2.0
//
// What the tests of sidecar/listener share: a plain client or server
// on a real socket, turned by the same loop as the code under test, and a
// handler that records calls. For tests only.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/net/dial.h"
#include "core/net/listen_socket.h"
#include "core/net/stream_socket.h"
#include "sidecar/call/origin.h"
#include "tests/support/turns.h"

namespace herald::listener::testing {

// A socket that says what it is told and remembers what it hears.
class Peer final : public net::SocketEvents {
 public:
  Peer(net::AsioLoop& loop, net::UniqueFd fd)
      : loop_(loop),
        socket_(
            std::make_unique<net::StreamSocket>(loop, std::move(fd), this)) {
    socket_->Read();
  }

  // Connects to `to`.
  static std::unique_ptr<Peer> Connect(net::AsioLoop& loop, const Address& to) {
    std::unique_ptr<Peer> peer;
    bool over = false;
    net::Dial dial(loop, to, std::chrono::seconds(5),
                   [&](StatusOr<net::UniqueFd> fd) {
                     over = true;
                     if (fd.ok()) {
                       peer = std::make_unique<Peer>(loop, *std::move(fd));
                     }
                   });
    test::TurnUntil(loop, [&] { return over; });
    return peer;
  }

  void Say(std::string_view text) { socket_->Write(text); }
  void EndSaying() { socket_->ShutdownWrite(); }
  void Vanish() { socket_.reset(); }

  // True once all that was heard since the last Forget contains `text`.
  bool Hears(const std::string& text) {
    return test::TurnUntil(
        loop_, [&] { return heard.find(text) != std::string::npos; });
  }
  bool HearsTheEnd() {
    return test::TurnUntil(loop_, [&] { return eof || broken; });
  }
  void Forget() { heard.clear(); }

  void OnBytes(std::string_view bytes) override {
    heard += bytes;
    socket_->Read();
  }
  void OnEof() override { eof = true; }
  void OnBroken(const std::string&) override { broken = true; }
  void OnWritable() override {}

  std::string heard;
  bool eof = false;
  bool broken = false;

 private:
  net::AsioLoop& loop_;
  std::unique_ptr<net::StreamSocket> socket_;
};

// Everything that happens on one stream.
struct StreamLog final : public http::StreamEvents {
  void OnResponse(http::ResponseHead head, bool end) override {
    statuses.push_back(head.status);
    ended = end;
  }
  void OnData(std::string_view data, bool end) override {
    body += data;
    ended = end;
  }
  void OnTrailers(http::Headers) override { ended = true; }
  void OnSent(size_t n) override { sent += n; }
  void OnReset(http::Reset reason) override { reset = reason; }

  std::vector<int> statuses;
  std::string body;
  bool ended = false;
  size_t sent = 0;
  std::optional<http::Reset> reset;
};

// A call that came in: what it was, and both ends of the talk about it.
struct IncomingCall {
  call::Origin origin;
  http::RequestHead head;
  bool ended;
  std::unique_ptr<http::Stream> stream;
  StreamLog log;
};

class CallRecorder final : public call::CallHandler {
 public:
  void OnCall(const call::Origin& origin, http::RequestHead head,
              std::unique_ptr<http::Stream> stream, bool end) override {
    calls.push_back(std::make_unique<IncomingCall>());
    *calls.back() = {origin, std::move(head), end, std::move(stream), {}};
    calls.back()->stream->SetEvents(&calls.back()->log);
  }

  std::vector<std::unique_ptr<IncomingCall>> calls;
};

inline http::ResponseHead Ok() {
  http::ResponseHead head;
  head.status = 200;
  return head;
}

}  // namespace herald::listener::testing
