// SPDX-License-Identifier: Apache-2.0
//
// One TCP connection between two sidecars, either end: TLS with the mesh's
// contexts, and HTTP/2 in it. It stands in where UDP does not pass, so it is
// made of what is there (core/http's codec, core/net's socket) and keeps the
// promises of a QUIC link: both ends prove who they are before a byte of HTTP.
//
//   socket -> TLS -> codec     while the turn lasts
//   codec -> TLS -> socket     at its end, then: over? room? timer
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
#include "core/net/stream_socket.h"

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
class StreamLink final : public net::SocketEvents, public http::CodecEvents {
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
  size_t open_streams() const {
    return codec_ == nullptr ? 0 : codec_->open_streams();
  }

  // Client ends.
  bool CanOpen() const;
  std::unique_ptr<http::Stream> Open(const http::RequestHead& head, bool end,
                                     http::StreamEvents* events);

  void Drain();

  void OnCodecActivity() override { MarkDirty(); }

 private:
  // SocketEvents.
  void OnBytes(std::string_view bytes) override;
  void OnEof() override;
  void OnBroken(const std::string& why) override;
  void OnWritable() override;

  void Advance();
  void Shake();
  bool FinishHandshake();
  void Fail(std::string why);
  void MarkDirty();
  void Settle();
  void WriteOut();
  bool FlushTls();
  bool EndIfOver();
  void SetTimer();
  void OnTimer();

  net::AsioLoop& loop_;
  http::RequestHandler* handler_;
  const http::Limits limits_;
  StreamLinkEvents& events_;
  net::StreamSocket socket_;
  SSL* session_;
  BIO* arrived_;  // the session's: ciphertext in, and out
  BIO* leaving_;
  std::string unsent_;  // ciphertext that the socket did not take
  std::unique_ptr<http::Codec> codec_;
  http::ClientCodec* client_ = nullptr;  // the same, at client ends
  std::optional<SpiffeId> peer_;
  std::string why_;
  bool shaken_ = false;
  bool ready_ = false;
  bool told_ready_ = false;
  bool failed_ = false;
  bool eof_ = false;
  bool blocked_ = false;  // the socket is full
  bool dirty_ = false;
  const Time began_;
  TimerId timer_ = 0;
  // For turn-end callbacks, which nobody can take back: null when we are gone.
  std::shared_ptr<StreamLink*> self_;
};

}  // namespace herald::transport
