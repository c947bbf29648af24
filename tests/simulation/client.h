// SPDX-License-Identifier: Apache-2.0
//
// An agent that calls another one through its own sidecar, once: makes the
// request that the plan says, and writes down how it ended.
#pragma once

#include <memory>
#include <string>

#include "core/base/event_loop.h"
#include "sidecar/call/origin.h"
#include "tests/simulation/journal.h"
#include "tests/simulation/message.h"
#include "tests/simulation/plan.h"

namespace herald::simulation {

// Owned by the node whose agent it is; dies with it. One thread.
class Client final : public http::StreamEvents {
 public:
  Client(EventLoop& loop, CallEntry& entry, const CallPlan& plan);
  ~Client() override;

  void Begin(call::CallHandler& sidecar);
  bool over() const { return entry_.endings > 0; }

  void OnResponse(http::ResponseHead head, bool end) override;
  void OnData(std::string_view data, bool end) override;
  void OnTrailers(http::Headers trailers) override;
  void OnSent(size_t) override {}
  void OnReset(http::Reset reason) override;

 private:
  void Ended();
  void End(std::string outcome);

  EventLoop& loop_;
  CallEntry& entry_;
  const CallPlan& plan_;
  std::unique_ptr<http::Stream> stream_;
  TimerId patience_ = 0;
  int status_ = 0;
  bool problem_ = false;
  std::string text_;  // of a problem
  BodyCheck body_;
};

}  // namespace herald::simulation
