// SPDX-License-Identifier: Apache-2.0
#include "core/base/timer_queue.h"

namespace herald {

TimerId TimerQueue::Add(Time when, std::function<void()> fn) {
  TimerId id = ++last_;
  by_time_.emplace(std::pair(when, id), std::move(fn));
  by_id_.emplace(id, when);
  return id;
}

void TimerQueue::Cancel(TimerId id) {
  auto found = by_id_.find(id);
  if (found == by_id_.end()) return;
  by_time_.erase({found->second, id});
  by_id_.erase(found);
}

Time TimerQueue::Next() const {
  return by_time_.empty() ? kNever : by_time_.begin()->first.first;
}

void TimerQueue::RunDue(Time now) {
  while (!by_time_.empty() && by_time_.begin()->first.first <= now) {
    auto node = by_time_.extract(by_time_.begin());
    by_id_.erase(node.key().second);
    node.mapped()();
  }
}

}  // namespace herald
