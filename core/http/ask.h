// SPDX-License-Identifier: Apache-2.0
//
// One request whose answer is wanted whole: with a deadline, and a bound on
// what is kept of it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/event_loop.h"
#include "core/base/status.h"
#include "core/http/web.h"

namespace herald::http {

struct WebAnswer {
  int status = 0;
  Headers headers;
  std::string body;

  bool ok() const { return status >= 200 && status < 300; }
};

struct AskLimits {
  Duration patience = std::chrono::seconds(30);  // for all of it
  size_t body_max = 16 << 20;                    // bytes
};

// Owned by who asks; destroying it gives the question up. `done` is called
// once, on the loop and never from inside the constructor: with an answer of
// whatever status, or kUnavailable, kDeadlineExceeded, or kResourceExhausted
// for a body above the bound. It may destroy the Ask.
class Ask final : public WebEvents {
 public:
  using Done = std::function<void(StatusOr<WebAnswer>)>;

  Ask(Web& web, EventLoop& loop, WebRequest request, AskLimits limits,
      Done done);
  ~Ask() override;
  Ask(const Ask&) = delete;
  Ask& operator=(const Ask&) = delete;

 private:
  void OnHead(const ResponseHead& head) override;
  void OnBody(std::string_view piece) override;
  void OnEnd(const Status& how) override;
  void Finish(StatusOr<WebAnswer> answer);

  EventLoop& loop_;
  const size_t body_max_;
  Done done_;
  WebAnswer answer_;
  TimerId deadline_ = 0;
  std::unique_ptr<WebCall> call_;
};

}  // namespace herald::http
