// SPDX-License-Identifier: Apache-2.0
//
// One watch: a cursor into the events of a cache. A client that reads slowly
// costs a window of bytes and no more: its cursor waits, and when the events
// it stands at are evicted it is told 410 and lists again.
//
//   initial (no version was named) -> following -> over: its time is up, it
//   everything there is, by name      events      fell behind, the client left
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/event_loop.h"
#include "core/base/metrics.h"
#include "core/http/exchange.h"
#include "sidecar/fanout/cache.h"
#include "sidecar/fanout/question.h"

namespace herald::fanout {

// Driven by its owner, who hears of the stream; borrows cache and stream. One
// thread. `ended` is called once, and must not destroy it inside.
class Watcher {
 public:
  static constexpr size_t kWindow = 256 << 10;  // bytes on their way
  static constexpr Duration kBookmarks = std::chrono::minutes(1);

  struct Setup {
    EventLoop& loop;
    const Cache& cache;
    Question question;
    // The event to go on with, from Cache::EventAfter; none: what there is,
    // first.
    std::optional<uint64_t> at;
    http::Stream& stream;  // its head has been sent
    Counter& sent;
    std::function<void()> ended;
  };
  explicit Watcher(Setup setup);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  // There may be more to tell.
  void Pump();
  void OnSent(size_t n);

 private:
  bool TellInitial();
  bool TellEvent();
  void Tell(std::string_view type, const CachedObject& object);
  void TellBookmark();
  void Send(std::string_view text) {
    unsent_ += text.size();
    setup_.stream.SendData(text, false);
  }
  bool Wants(const CachedPtr& object) const;
  void End();

  const Setup setup_;
  bool initial_;
  Cache::Key told_;  // the last of the initial ones
  uint64_t at_;      // the next event
  size_t unsent_ = 0;
  bool over_ = false;
  TimerId end_ = 0;
  TimerId bookmark_ = 0;
};

}  // namespace herald::fanout
