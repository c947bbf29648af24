// SPDX-License-Identifier: Apache-2.0
//
// A request whose connection is still being made. It holds what it is given
// (the relay grants at most a window) and hands it over when a link takes it;
// from then on it only passes calls through.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>

#include "core/base/event_loop.h"
#include "core/http/exchange.h"
#include "sidecar/transport/carrier.h"

namespace herald::transport {

class WaitingStream;
// Those waiting at one peer, in order of arrival. Entries belong to callers.
using WaitingList = std::list<WaitingStream*>;

// Owned by the caller; `list`, `loop` and `events` must outlive its wait (the
// list's owner calls Fail on all before it goes).
class WaitingStream final : public http::Stream {
 public:
  WaitingStream(EventLoop& loop, WaitingList& list, http::RequestHead head,
                bool end, http::StreamEvents* events);
  ~WaitingStream() override;

  // Leaves the list and opens there. REQUIRES: waiting, to.CanOpen().
  void Begin(Carrier& to);
  // Leaves the list with OnReset(kNotSent); it may be gone afterwards.
  void Fail();
  // Fails unless it has begun by then.
  void FailAfter(Duration patience);

  void SendResponse(const http::ResponseHead&, bool) override {}
  void SendData(std::string_view data, bool end) override;
  void SendTrailers(const http::Headers& trailers) override;
  void Cancel(http::Reset reason) override;
  void Consume(size_t n) override;
  void SetEvents(http::StreamEvents*) override {}

 private:
  void Leave();

  EventLoop& loop_;
  WaitingList* list_;  // null once it has left
  WaitingList::iterator place_;
  http::RequestHead head_;
  http::StreamEvents* events_;
  const bool bodiless_;
  std::string body_;
  bool end_ = false;
  std::optional<http::Headers> trailers_;
  TimerId timer_ = 0;
  std::unique_ptr<http::Stream> begun_;
};

}  // namespace herald::transport
