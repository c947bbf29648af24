// SPDX-License-Identifier: Apache-2.0
//
// A connection's worth of HTTP over a byte stream, without the socket: bytes
// in, bytes out, the clock handed in. HTTP/1.1 and HTTP/2, server and client
// end, look the same from outside; listener/ and sdk/ put sockets under them.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "core/base/time.h"
#include "core/http/exchange.h"

namespace herald::http {

class CodecEvents {
 public:
  virtual ~CodecEvents() = default;

  // Output() became non-empty, or WantsInput() or done() changed, outside of
  // Feed and OnEof. The shell marks itself dirty and looks again at the end of
  // the turn. Never called from inside Feed, OnEof, Wrote or OnDeadline.
  virtual void OnCodecActivity() = 0;
};

// Owned by the connection shell. Streams it handed out may outlive it.
class Codec {
 public:
  virtual ~Codec() = default;

  // Takes all of `bytes`. Protocol errors are answered on the wire as far as
  // the protocol allows (400, 431, GOAWAY) and end in done().
  virtual void Feed(std::string_view bytes, Time now) = 0;

  // The other end will send no more bytes.
  virtual void OnEof(Time now) = 0;

  // Bytes to be written, valid until the next call of any method here. First
  // goes on with input that was held back for want of credit, so events and
  // requests may be delivered from here: look at done() and WantsInput() after.
  virtual std::string_view Output() = 0;
  virtual void Wrote(size_t n) = 0;

  // False while the windows are full: the shell stops reading.
  virtual bool WantsInput() const = 0;

  // Nothing more will be read; close the socket once Output() is empty.
  virtual bool done() const = 0;

  // Takes no new exchanges and ends when the open ones have (GOAWAY twice,
  // `connection: close`). Server ends and client ends alike.
  virtual void Drain() = 0;

  // Exchanges begun and not over.
  virtual size_t open_streams() const = 0;

  // Slow headers, stuck peers. kNever when nothing is awaited.
  virtual Time NextDeadline() const = 0;
  virtual void OnDeadline(Time now) = 0;
};

// How long the server of an open exchange may be silent before it is asked for
// a sign of life, and how long that may take. No silence: never asked.
struct PeerWatch {
  Duration silence{};
  Duration patience = std::chrono::seconds(15);
};

// The client end of a connection.
class ClientCodec : public Codec {
 public:
  // True when Open may be called now (HTTP/1.1: idle; HTTP/2: below the
  // peer's stream limit; neither when draining).
  virtual bool CanOpen() const = 0;

  // REQUIRES: CanOpen(). With `end` the request has no body.
  virtual std::unique_ptr<Stream> Open(const RequestHead& head, bool end,
                                       StreamEvents* events) = 0;

  // From now on a server that is silent too long is given up: its exchanges
  // end with kLost. HTTP/1.1 has no way to ask; there it does nothing.
  virtual void WatchPeer(const PeerWatch&, Time) {}
};

}  // namespace herald::http
