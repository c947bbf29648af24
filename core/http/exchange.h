// SPDX-License-Identifier: Apache-2.0
//
// One request and its response, seen from one of its two ends, the same for
// HTTP/1.1, HTTP/2 and HTTP/3. `Stream` is what we do to it, `StreamEvents`
// what happens to us. A proxy joins two of them: what one hands us, the other
// sends.
//
// Flow control is by credit, in both directions:
//   - incoming: the session hands us at most a window (Limits::body_window)
//     beyond what we gave back with Consume(). It reads no more until then.
//   - outgoing: SendData takes everything at once. OnSent(n) tells when n bytes
//     need no memory any more (written to the socket; over QUIC, acknowledged).
// A relay calls in.Consume(n) when out reports OnSent(n); so it holds at most
// one window a direction, and never has to ask "is there room?".
//
// Rules that keep this free of surprises:
//   - No call on a Stream calls an event before it has returned.
//   - A Stream may be destroyed inside any event, its own included.
//   - After the last event (a reset, or the end of the incoming half plus our
//     own end) nothing more is reported.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "core/http/message.h"

namespace herald::http {

// Why an exchange ended early. What a caller may promise stands on the first
// two: the request had no effect.
enum class Reset {
  kNotSent,    // local: no byte of the request left this process
  kRefused,    // the other end vouches that it did not process it
               // (REFUSED_STREAM, H3_REQUEST_REJECTED, beyond a GOAWAY)
  kCancelled,  // the other end lost interest, or we did
  kLost,       // the connection ended under it
  kProtocol,   // the other end broke the protocol (bad head, short body)
  kInternal,   // the other end failed (INTERNAL_ERROR, H3_INTERNAL_ERROR)
  kTooBig,     // a header section above the limits, or above the window
};
std::string_view ToString(Reset reason);

// What happens on a stream. Implemented by the user of a session; must outlive
// the Stream it was given to.
class StreamEvents {
 public:
  virtual ~StreamEvents() = default;

  // Client ends only. Informational heads (1xx) come any number of times
  // before the one final head. With `end`, nothing follows.
  virtual void OnResponse(ResponseHead head, bool end) = 0;

  // A piece of the incoming body; valid during the call. May be empty with
  // `end`.
  virtual void OnData(std::string_view data, bool end) = 0;

  // The incoming half ends with these.
  virtual void OnTrailers(Headers trailers) = 0;

  // `n` more bytes given to SendData need no memory any more.
  virtual void OnSent(size_t n) = 0;

  // Both halves are over. The last event.
  virtual void OnReset(Reset reason) = 0;
};

// What we do on a stream. Belongs to the user; its session may go first (then
// it has reported OnReset(kLost), and every call here does nothing).
// Destroying it before both halves are complete cancels it.
class Stream {
 public:
  virtual ~Stream() = default;

  // Server ends only. Any number of informational heads, then one final head.
  virtual void SendResponse(const ResponseHead& head, bool end) = 0;

  // REQUIRES: the final head went before (for a server end), no end yet.
  virtual void SendData(std::string_view data, bool end) = 0;

  // Ends the outgoing half. HTTP/1.1 drops them where chunking is not in use.
  virtual void SendTrailers(const Headers& trailers) = 0;

  // Ends both halves at once, towards the other end too.
  virtual void Cancel(Reset reason) = 0;

  // Gives credit for `n` bytes that OnData handed over.
  virtual void Consume(size_t n) = 0;

  // Server ends: from now on events go to `events`. Called once, while the
  // request is being handed over.
  virtual void SetEvents(StreamEvents* events) = 0;
};

// Takes the requests of a server session.
class RequestHandler {
 public:
  virtual ~RequestHandler() = default;

  // A whole, valid head. REQUIRES of the callee: stream->SetEvents before it
  // returns (or let the stream go, which refuses the request). With `end` the
  // request has no body.
  virtual void OnRequest(RequestHead head, std::unique_ptr<Stream> stream,
                         bool end) = 0;
};

}  // namespace herald::http
