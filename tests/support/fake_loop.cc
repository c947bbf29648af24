// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_loop.h"

#include <algorithm>
#include <utility>

namespace herald::test {

WallTime FakeLoop::WallNow() const {
  return WallTime(kEpoch + now_.time_since_epoch());
}

void FakeLoop::Post(std::function<void()> fn) {
  posts_.push_back(std::move(fn));
}

void FakeLoop::AtTurnEnd(std::function<void()> fn) {
  turn_ends_.push_back(std::move(fn));
}

TimerId FakeLoop::RunAt(Time when, std::function<void()> fn) {
  return timers_.Add(when, std::move(fn));
}

void FakeLoop::Cancel(TimerId id) { timers_.Cancel(id); }

void FakeLoop::RunPosts() {
  while (!posts_.empty()) {
    std::function<void()> fn = std::move(posts_.front());
    posts_.pop_front();
    fn();
  }
}

void FakeLoop::RunTurn() {
  timers_.RunDue(now_);
  RunPosts();
  while (!turn_ends_.empty()) {
    std::function<void()> fn = std::move(turn_ends_.front());
    turn_ends_.pop_front();
    fn();
    RunPosts();
  }
}

bool FakeLoop::RunUntil(const std::function<bool()>& done, Duration limit) {
  const Time end = now_ + limit;
  while (true) {
    RunTurn();
    if (done()) return true;
    Time next = timers_.Next();
    if (next > end) {
      now_ = end;
      return false;
    }
    now_ = std::max(now_, next);
  }
}

void FakeLoop::RunFor(Duration time) {
  RunUntil([] { return false; }, time);
}

}  // namespace herald::test
