// SPDX-License-Identifier: Apache-2.0
//
// One TCP connection between two sidecars, either end: TLS with the mesh's
// contexts, and HTTP/2 in it. It stands in where UDP does not pass, so it is
// made of what is there (core/net's TLS stream and wire, core/http's codec) and
// keeps the promises of a QUIC link: both ends prove who they are before a byte
// of HTTP.
//
// A client end is ready with the server's first bytes, which come after the
// server has judged our certificate: what is sent earlier could be lost.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <optional>
#include <string>

#include "core/base/spiffe_id.h"
#include "core/http/codec.h"
#include "core/net/asio_loop.h"
#include "core/net/tls.h"
#include "core/net/tls_stream.h"
#include "core/net/wire.h"

namespace herald::transport {

class StreamLink;

// Of one connection's HTTP/2, either end.
http::Limits StreamLimits();

class StreamLinkEvents {
 public:
  virtual ~StreamLinkEvents() = default;
  virtual void OnStreamReady(StreamLink& link) = 0;
  // At the end of a turn in which something happened.
  virtual void OnStreamSettled(StreamLink& link) = 0;
  // The last event; its exchanges have been told. It may be destroyed inside.
  virtual void OnStreamOver(StreamLink& link) = 0;
};

// Owned by its user; borrows loop, handler and events.
class StreamLink final : public net::SocketEvents, public net::WireEvents {
 public:
  struct Setup {
    net::AsioLoop& loop;
    net::UniqueFd fd;
    SSL* session;                             // ownership passes
    http::RequestHandler* handler = nullptr;  // server ends
    http::Limits limits;
  };
  StreamLink(Setup setup, StreamLinkEvents& events);
  ~StreamLink() override;
  StreamLink(const StreamLink&) = delete;
  StreamLink& operator=(const StreamLink&) = delete;

  bool ready() const { return ready_; }
  // Set once the handshake is done.
  const std::optional<SpiffeId>& peer() const { return peer_; }
  const std::string& why() const { return why_; }
  size_t open_streams() const { return open() ? codec_->open_streams() : 0; }

  // Looks again at the peer's certificate: closes where `tls` does not vouch
  // for it any more, lets go where its time is over. Each second, as it costs
  // nothing where nothing has changed.
  void Review(const net::TlsContext& tls, WallTime now);

  // Client ends.
  bool CanOpen() const;
  std::unique_ptr<http::Stream> Open(const http::RequestHead& head, bool end,
                                     http::StreamEvents* events);

  void Drain();

 private:
  // SocketEvents, until the handshake is done.
  void OnBytes(std::string_view) override {}
  void OnEof() override {}
  void OnBroken(const std::string& why) override { End(why); }
  void OnWritable() override {}
  // WireEvents, from then on.
  void OnWireSettled() override;
  void OnWireClosed() override;

  bool open() const { return wire_ != nullptr && wire_->open(); }
  void OnSecured();
  void Start();
  void BeReady();
  void End(std::string why);

  net::AsioLoop& loop_;
  http::RequestHandler* handler_;
  const http::Limits limits_;
  StreamLinkEvents& events_;
  std::unique_ptr<net::TlsStream> shaking_;  // then the wire's
  const net::TlsStream* stream_;
  std::unique_ptr<net::Wire> wire_;
  http::Codec* codec_ = nullptr;         // the wire's, while that is open
  http::ClientCodec* client_ = nullptr;  // the same, at client ends
  std::optional<SpiffeId> peer_;
  std::string why_;
  uint64_t judged_ = 0;  // the generation of trust that vouched for it
  bool ready_ = false;
  bool drained_ = false;
  TimerId timer_ = 0;  // until it is ready
  // For posted functions, which nobody can take back: null when we are gone.
  std::shared_ptr<StreamLink*> self_;
};

}  // namespace herald::transport
