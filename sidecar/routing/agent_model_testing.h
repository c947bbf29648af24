// SPDX-License-Identifier: Apache-2.0
//
// An agent for tests in virtual time: it serves so many calls at once, the
// others queue inside it, first come first served, as in any server.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <queue>
#include <utility>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"

namespace herald::routing {

// Events in order of time; equal times in order of creation.
class Agenda {
 public:
  explicit Agenda(Time start) : now_(start) {}
  Time now() const { return now_; }
  void At(Time when, std::function<void()> fn) {
    events_.emplace(when, std::move(fn));
  }
  void RunUntil(Time end) {
    while (!events_.empty() && events_.begin()->first <= end) {
      auto event = events_.extract(events_.begin());
      now_ = event.key();
      event.mapped()();
    }
    now_ = end;
  }

 private:
  Time now_;
  std::multimap<Time, std::function<void()>> events_;
};

class AgentModel {
 public:
  // `spread`: sigma of the lognormal factor on each call's time.
  AgentModel(Agenda& agenda, Random& random, size_t slots, Duration time,
             double spread = 0)
      : agenda_(agenda),
        random_(random),
        slots_(slots),
        time_(time),
        spread_(spread) {}

  void SetTime(Duration time) { time_ = time; }
  void SetSlots(size_t slots) { slots_ = slots; }

  // Runs `done` when the answer begins, which is also its end.
  void Serve(std::function<void()> done) {
    Time begin = agenda_.now();
    while (busy_.size() >= slots_) {
      begin = std::max(begin, busy_.top());
      busy_.pop();
    }
    const Time end = begin + OneTime();
    busy_.push(end);
    agenda_.At(end, std::move(done));
  }

 private:
  Duration OneTime() {
    // Box and Muller.
    const double normal = std::sqrt(-2 * std::log(1 - random_.Unit())) *
                          std::cos(6.283185307179586 * random_.Unit());
    return Duration(static_cast<int64_t>(static_cast<double>(time_.count()) *
                                         std::exp(spread_ * normal)));
  }

  Agenda& agenda_;
  Random& random_;
  size_t slots_;
  Duration time_;
  double spread_;
  // When each slot that was ever used is free; the earliest on top.
  std::priority_queue<Time, std::vector<Time>, std::greater<>> busy_;
};

}  // namespace herald::routing
