// SPDX-License-Identifier: Apache-2.0
//
// The clock of the study: what is to happen, in order of time, and of being
// asked for where times are equal. Lighter than the fake loop of
// tests/support, since a run has millions of events and cancels none.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "core/base/time.h"
#include "tests/simulation/routing_study/clock.h"

namespace herald::study {

// One owner, one thread.
class EventQueue final : public Clock {
 public:
  explicit EventQueue(Time start) : now_(start) {}

  Time now() const override { return now_; }

  void At(Time when, std::function<void()> what) override {
    heap_.push_back({std::max(when, now_), next_++, std::move(what)});
    std::push_heap(heap_.begin(), heap_.end());
  }

  void RunUntil(Time end) {
    while (!heap_.empty() && heap_.front().at <= end) {
      std::pop_heap(heap_.begin(), heap_.end());
      Event event = std::move(heap_.back());
      heap_.pop_back();
      now_ = event.at;
      event.what();
    }
    now_ = end;
  }

 private:
  struct Event {
    Time at;
    uint64_t number;
    std::function<void()> what;
    // The heap's top is its greatest: the earliest.
    bool operator<(const Event& other) const {
      return at != other.at ? at > other.at : number > other.number;
    }
  };

  Time now_;
  uint64_t next_ = 0;
  std::vector<Event> heap_;
};

}  // namespace herald::study
