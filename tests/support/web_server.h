// SPDX-License-Identifier: Apache-2.0
//
// A server of the web on a real socket of loopback, on the test's own loop:
// it writes down what is asked of it, and the test answers by hand.
#pragma once

#include <openssl/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "core/base/check.h"
#include "core/http/codec_testing.h"
#include "core/http/codecs.h"
#include "core/net/listen_socket.h"
#include "core/net/stream_socket.h"
#include "core/net/tls_stream.h"
#include "core/net/wire.h"

namespace herald::test {

class WebServer final : private net::ListenEvents {
 public:
  struct Options {
    http::Protocol protocol = http::Protocol::kHttp1;
    std::function<SSL*()> session = nullptr;  // of TLS; plain without
    std::string address = "127.0.0.1:0";
    // Takes the requests in place of `handler`.
    http::RequestHandler* taker = nullptr;
  };
  WebServer(net::AsioLoop& loop, Options options)
      : loop_(loop), options_(std::move(options)) {
    auto opened = net::ListenSocket::Open(
        loop, *Address::Parse(options_.address), "test");
    HERALD_CHECK(opened.ok(), "loopback has a free port");
    socket_ = *std::move(opened);
    local_ = socket_->local();
    socket_->Start(this);
  }
  ~WebServer() override { connections_.clear(); }

  const Address& local() const { return local_; }
  std::string Url() const {
    return (options_.session ? "https://" : "http://") + local_.ToString();
  }
  http::testing::Served& last() { return handler.last(); }

  void Answer(http::testing::Served& served, int status,
              const std::string& body) {
    Head(served, status);
    served.stream->SendData(body, true);
  }
  void Head(http::testing::Served& served, int status) {
    http::ResponseHead head;
    head.status = status;
    served.stream->SendResponse(head, false);
  }

  // Cuts every connection, whatever is open on it.
  void Cut() { connections_.clear(); }
  // Takes no more connections: they are refused.
  void StopListening() { socket_.reset(); }
  size_t connections() const { return connections_.size(); }

  http::testing::RecordingHandler handler;
  size_t accepted = 0;

 private:
  struct Connection final : net::WireEvents {
    Connection(WebServer& owner, size_t number) : server(owner), id(number) {}
    void OnWireSettled() override {}
    void OnWireClosed() override { server.connections_.erase(id); }

    WebServer& server;
    const size_t id;
    std::unique_ptr<net::Wire> wire;
  };

  void OnAccepted(net::UniqueFd fd, const Address&) override {
    auto made = std::make_unique<Connection>(*this, ++accepted);
    made->wire = std::make_unique<net::Wire>(loop_, net::Wire::Role::kServer,
                                             Stream(std::move(fd)), made.get());
    made->wire->Start(http::MakeServerCodec(
        options_.protocol, http::Limits(),
        options_.taker == nullptr ? handler : *options_.taker, *made->wire));
    connections_[made->id] = std::move(made);
  }
  void OnExhausted(const std::string&) override {}

  std::unique_ptr<net::ByteStream> Stream(net::UniqueFd fd) {
    if (!options_.session) {
      return std::make_unique<net::StreamSocket>(loop_, std::move(fd), nullptr);
    }
    return std::make_unique<net::TlsStream>(
        net::TlsStream::Setup{
            .loop = loop_, .fd = std::move(fd), .session = options_.session()},
        nullptr);
  }

  net::AsioLoop& loop_;
  const Options options_;
  Address local_;
  std::unique_ptr<net::ListenSocket> socket_;
  std::map<size_t, std::unique_ptr<Connection>> connections_;
};

}  // namespace herald::test
