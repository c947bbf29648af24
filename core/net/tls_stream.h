// SPDX-License-Identifier: Apache-2.0
//
// A byte stream inside TLS, either end: plaintext for its user, ciphertext on
// a socket. The handshake begins by itself and is bounded in time; what is
// written before it is done waits with the writer.
//
//             handshake done               close_notify
//   shaking ------------------> secured ------------------> OnEof
//      |  refused, late, lost      |  lost, or cut without a close_notify
//      +---------------------------+------------------------------------>
//      OnBroken
//
// A connection that ends without TLS's own goodbye is broken, not at its end:
// anybody on the way can cut one, and a body that lasts until the end would
// look whole.
#pragma once

#include <openssl/types.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/net/asio_loop.h"
#include "core/net/byte_stream.h"
#include "core/net/fd.h"
#include "core/net/stream_socket.h"

namespace herald::net {

class TlsStream final : public ByteStream, private SocketEvents {
 public:
  struct Setup {
    AsioLoop& loop;
    UniqueFd fd;
    SSL* session;  // with its end chosen; ownership passes
    Duration patience = std::chrono::seconds(10);  // for the handshake
    // Called once, when the handshake is done, before any event. The stream
    // may be destroyed inside.
    std::function<void()> secured = nullptr;
  };
  TlsStream(Setup setup, SocketEvents* events);
  ~TlsStream() override;
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  // For what the other end proved and both agreed on.
  const SSL* session() const { return session_; }
  // Something has come through it: the other end has let us in.
  bool heard() const { return heard_; }

  void SetEvents(SocketEvents* events) override { events_ = events; }
  void Read() override;
  std::optional<size_t> Write(std::string_view bytes) override;
  void ShutdownWrite() override;
  void AcknowledgeNow() override { socket_.AcknowledgeNow(); }
  bool Quiet() const override;
  std::optional<SocketCredentials> peer_credentials() const override {
    return socket_.peer_credentials();
  }

 private:
  // SocketEvents of the socket below.
  void OnBytes(std::string_view bytes) override;
  void OnEof() override;
  void OnBroken(const std::string& why) override;
  void OnWritable() override;

  void AdvanceLater();
  void Advance();
  bool Shake();
  bool TellSecured();
  void Deliver();
  void Flush();
  void Break(const std::string& why);

  AsioLoop& loop_;
  SocketEvents* events_;
  std::function<void()> told_secured_;
  StreamSocket socket_;
  SSL* session_;
  BIO* arrived_;  // the session's: ciphertext in, and out
  BIO* leaving_;
  std::string unsent_;  // ciphertext that the socket did not take

  bool shaken_ = false;
  bool heard_ = false;
  bool broken_ = false;
  bool wanted_ = false;        // a Read is open
  bool drained_ = true;        // what has arrived holds no whole record more
  bool writer_waits_ = false;  // for OnWritable
  bool write_dead_ = false;
  bool shut_ = false;
  TimerId timer_ = 0;
  // For posted functions, which nobody can take back: null when we are gone.
  std::shared_ptr<TlsStream*> self_;
};

// Why a handshake or a session failed, for people: what was wrong with the
// other end's certificate, what its alert said of ours, or OpenSSL's reason.
// Empties OpenSSL's queue of errors.
std::string TlsProblem(const SSL* session);

}  // namespace herald::net
