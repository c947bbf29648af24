// SPDX-License-Identifier: Apache-2.0
//
// A byte stream and a codec joined: bytes in, bytes out, once a turn. All that
// happens during a turn only marks the wire dirty; at the turn's end it
// settles:
//
//   write what the codec has -> over? then close -> room? then ask for bytes
//   -> set the timer -> tell the owner
//
// So a turn costs one read and one write however many events it brought, and
// there is one place where a wire ends.
//
//            fault, done() and all written, idle end        EOF or 1 s
//   open ---------------------------------------> lingering ----------> closed
//     |            (server ends; clients close at once)                   ^
//     +-------------------------------------------------------------------+
//                          the stream broke, Close()
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/http/codec.h"
#include "core/net/asio_loop.h"
#include "core/net/byte_stream.h"

namespace herald::net {

class WireEvents {
 public:
  virtual ~WireEvents() = default;
  // At the end of a turn in which something happened: exchanges may have
  // begun or ended.
  virtual void OnWireSettled() = 0;
  // The last event; open exchanges have been reset. REQUIRES: the wire is
  // destroyed inside.
  virtual void OnWireClosed() = 0;
};

// Owned by the user at its other end; borrows loop and events. Events come at
// the end of a turn only.
class Wire final : public SocketEvents, public http::CodecEvents {
 public:
  enum class Role { kServer, kClient };

  Wire(AsioLoop& loop, Role role, std::unique_ptr<ByteStream> stream,
       WireEvents* events);
  ~Wire() override;
  Wire(const Wire&) = delete;
  Wire& operator=(const Wire&) = delete;

  // Begins to read. The codec was made with this wire as its CodecEvents.
  void Start(std::unique_ptr<http::Codec> codec);

  // No new exchanges; closes when the open ones are over.
  void Drain();
  // Closes at the end of this turn, whatever is open.
  void Close();

  // False from the moment its end has begun.
  bool open() const { return codec_ != nullptr; }
  // True when nothing is asked for over it and its end has not begun.
  bool resting() const {
    return open() && !draining_ && !linger_until_ &&
           codec_->open_streams() == 0;
  }
  // True when the other end has neither sent nor closed anything that we have
  // not seen yet.
  bool Quiet() const { return stream_->Quiet(); }
  std::optional<SocketCredentials> peer_credentials() const {
    return stream_->peer_credentials();
  }

  // Why the stream broke; empty where the wire ended otherwise.
  const std::string& why() const { return why_; }

  void OnCodecActivity() override { MarkDirty(); }

 private:
  // SocketEvents.
  void OnBytes(std::string_view bytes) override;
  void OnEof() override;
  void OnBroken(const std::string& why) override;
  void OnWritable() override;

  void MarkDirty();
  void Settle();
  void WriteOut();
  // True when the wire is closed and may be gone.
  bool EndIfOver();
  void SetTimer(Time when);
  void OnTimer();

  AsioLoop& loop_;
  const Role role_;
  WireEvents* events_;
  const std::unique_ptr<ByteStream> stream_;
  std::unique_ptr<http::Codec> codec_;

  std::string why_;
  bool dirty_ = false;
  bool eof_ = false;
  bool write_blocked_ = false;
  bool write_dead_ = false;
  bool broken_ = false;
  bool draining_ = false;
  std::optional<Time> linger_until_;

  TimerId timer_ = 0;
  Time timer_at_ = kNever;
  // For turn-end callbacks, which nobody can take back: null when we are gone.
  std::shared_ptr<Wire*> self_;
};

}  // namespace herald::net
