// SPDX-License-Identifier: Apache-2.0
//
// What both ends of an HTTP/1.1 connection share: input that waits for credit,
// output that earns it, and the one exchange that is open. HTTP/1.1 has one at
// a time; the next request is looked at when the exchange before is over.
//
//                 head in              both halves over
//      idle ------------------> open ------------------> idle, or done
//                                |  fault, cancel, end of the connection
//                                +-----------------------> done
//
// Events go out from Pump only, which Codec's methods call and a Stream's
// never do; that is how no stream call re-enters its caller.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/base/time.h"
#include "core/http/codec.h"
#include "core/http/exchange.h"
#include "core/http/h1_body.h"
#include "core/http/h1_output.h"
#include "core/http/h1_writer.h"
#include "core/http/message.h"

namespace herald::http {

class H1Stream;

// Base of H1Server and H1Client, which own it. `events` must outlive it.
class H1End {
 public:
  H1End(const Limits& limits, CodecEvents& events);
  H1End(const H1End&) = delete;
  H1End& operator=(const H1End&) = delete;

  // The calls of the open stream.
  virtual void Respond(const ResponseHead& head, bool end) = 0;
  void SendData(std::string_view data, bool end);
  void SendTrailers(const Headers& trailers);
  void Consume(size_t n);
  // Cancelled, or destroyed; either way the stream calls no more.
  void Drop(Reset reason);

 protected:
  virtual ~H1End();

  // Codec's methods, for both ends.
  void FeedBytes(std::string_view bytes, Time now);
  void FeedEof(Time now);
  std::string_view PumpAndView();
  void TakeWritten(size_t n);
  bool InputWanted() const;

  // Reads on from view_ until bytes, credit or the user are awaited.
  virtual void Advance() = 0;
  // The body coming in is malformed, or ends with the connection too early.
  virtual void OnBodyFault(const H1Fault& fault) = 0;
  // The user gave the open exchange up before it was over.
  virtual void OnDropped(Reset reason) = 0;
  // The exchange is over and its stream is detached.
  virtual void OnExchangeOver() = 0;

  // Hands body bytes on while there are any and credit lasts.
  void PumpBody();
  void Pump(std::string_view bytes);
  // Opens the exchange of `stream`.
  void BeginExchange(H1Stream* stream);
  // Ends it when both halves are over.
  void CheckOver();
  // Ends it now and tells the user, if there still is one.
  void Break(Reset reason);
  // Nothing more is read; pending output is still written.
  void Close();
  // Tells the shell to look, unless it is about to.
  void Touch();

  const Limits limits_;
  CodecEvents& events_;
  Time now_{};

  H1Output out_;
  H1BodyWriter writer_;
  H1BodyReader reader_;
  std::string_view view_;  // what Pump has not read yet

  H1Stream* stream_ = nullptr;  // null when the user is not interested
  bool open_ = false;           // an exchange is
  bool incoming_over_ = false;
  bool outgoing_over_ = false;
  bool something_written_ = false;  // of this exchange
  bool blocked_ = false;            // body bytes wait for credit
  size_t unconsumed_ = 0;
  size_t discard_left_ = 0;  // credit when there is no stream

  bool eof_ = false;
  bool draining_ = false;
  bool done_ = false;

 private:
  void Detach();
  void Deliver(const H1BodyReader::Step& step);
  void AfterSending();

  std::string stash_;  // input between two calls of Pump
  int inside_ = 0;     // Codec methods on the stack
};

// The stream of an H1End. Belongs to the user; knows its end as long as the
// exchange is open.
class H1Stream final : public Stream {
 public:
  explicit H1Stream(H1End* end, StreamEvents* events = nullptr)
      : end_(end), events_(events) {}
  ~H1Stream() override;

  void SendResponse(const ResponseHead& head, bool end) override;
  void SendData(std::string_view data, bool end) override;
  void SendTrailers(const Headers& trailers) override;
  void Cancel(Reset reason) override;
  void Consume(size_t n) override;
  void SetEvents(StreamEvents* events) override { events_ = events; }

  StreamEvents* events() const { return events_; }
  void Forget() { end_ = nullptr; }

 private:
  H1End* end_;
  StreamEvents* events_;
};

}  // namespace herald::http
