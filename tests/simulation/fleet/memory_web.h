// SPDX-License-Identifier: Apache-2.0
//
// A connection in memory: what one side asks through the seam of http::Web, the
// other answers as a CallHandler, each a little later.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "core/base/event_loop.h"
#include "core/http/web.h"
#include "sidecar/call/origin.h"
#include "tests/simulation/fleet/traffic.h"

namespace herald::simulation {

// Who answers just now.
struct Answerer {
  call::CallHandler* handler = nullptr;  // null: nobody is there
  Traffic* traffic = nullptr;
};

// Owned by the fleet; outlives its calls. One thread.
class MemoryWeb final : public http::Web {
 public:
  // `choose` is asked for each request, as a service chooses among its pods.
  MemoryWeb(EventLoop& loop, Duration one_way, std::function<Answerer()> choose)
      : loop_(loop), one_way_(one_way), choose_(std::move(choose)) {}

  std::unique_ptr<http::WebCall> Start(http::WebRequest request,
                                       http::WebEvents& events) override;

  // Every connection there is breaks.
  void Cut();

 private:
  struct Exchange;
  class ServerEnd;
  class ClientEnd;

  EventLoop& loop_;
  const Duration one_way_;
  const std::function<Answerer()> choose_;
  std::vector<std::weak_ptr<Exchange>> open_;  // or over since
  size_t swept_ = 0;                           // how many were left
};

// An API server's word that everybody may do everything.
class YesWeb final : public http::Web {
 public:
  YesWeb(EventLoop& loop, Traffic& traffic) : loop_(loop), traffic_(traffic) {}
  std::unique_ptr<http::WebCall> Start(http::WebRequest request,
                                       http::WebEvents& events) override;

 private:
  EventLoop& loop_;
  Traffic& traffic_;
};

}  // namespace herald::simulation
