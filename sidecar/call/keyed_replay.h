// SPDX-License-Identifier: Apache-2.0
//
// Stands in for our agent where a call comes again: takes the request, looks
// whether it is the same one, and gives the answer that the first one got as
// soon as that is whole.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/event_loop.h"
#include "core/http/exchange.h"
#include "sidecar/call/keyed_calls.h"
#include "sidecar/call/seen_calls.h"

namespace herald::call {

// Owned by the relay. One thread.
class KeyedReplay final : public http::Stream, public SeenCallWaiter {
 public:
  struct Parts {
    EventLoop& loop;
    SeenCallPtr call;
    uint64_t what;  // this request's method and path
    http::StreamEvents* events;
    std::function<void(KeyedCalls::Refusal)> refused;
  };
  KeyedReplay(Parts parts, bool end);
  ~KeyedReplay() override;

  void SendResponse(const http::ResponseHead& head, bool end) override;
  void SendData(std::string_view data, bool end) override;
  void SendTrailers(const http::Headers& trailers) override;
  void Cancel(http::Reset reason) override;
  void Consume(size_t) override {}
  void SetEvents(http::StreamEvents*) override {}

 private:
  void OnSeenCall() override { Wake(); }
  // Looks again, once the running handler has returned.
  void Wake();
  void Look();
  bool IsAnother() const;
  void Answer();

  Parts parts_;
  Fingerprint body_;
  bool whole_;
  size_t taken_ = 0;  // bytes that need no memory any more, not told yet
  bool woken_ = false;
  bool over_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace herald::call
