// SPDX-License-Identifier: Apache-2.0
#include "core/net/asio_loop.h"

#include <time.h>

#include <boost/asio/io_context.hpp>
#include <utility>

namespace herald::net {
namespace {

// Handlers of one turn before timers have their say. With every handler
// reading at most 256 KiB it keeps a turn below some ten milliseconds.
constexpr int kHandlersPerTurn = 256;

// A wait longer than this is a wait for ever; it keeps sums of durations from
// overflowing.
constexpr Duration kLongestWait = std::chrono::hours(1);

// A wait that took this long slept; a shorter one found its handler ready.
constexpr Duration kAsleep = std::chrono::microseconds(5);

Duration ReadClock(clockid_t clock) {
  timespec now = {};
  clock_gettime(clock, &now);
  return std::chrono::seconds(now.tv_sec) +
         std::chrono::nanoseconds(now.tv_nsec);
}

// A timer that is due for so long was held up with all else: the process was
// stopped, or had used up its share of the processor.
constexpr Duration kLate = std::chrono::milliseconds(5);

}  // namespace

AsioLoop::AsioLoop()
    // The hint says one thread: Asio then skips its locks' slow paths.
    : context_(std::make_unique<boost::asio::io_context>(1)),
      alarm_(std::make_unique<Alarm>(*context_)) {}

AsioLoop::~AsioLoop() {
  // Functions may own sockets, which need the context.
  timers_ = TimerQueue();
  posted_.clear();
  at_turn_end_.clear();
  alarm_.reset();
}

Time AsioLoop::Now() const {
  if (!now_) now_ = Time(ReadClock(CLOCK_MONOTONIC));
  return *now_;
}

WallTime AsioLoop::WallNow() const {
  return WallTime(ReadClock(CLOCK_REALTIME));
}

bool AsioLoop::slept() const {
  return wait_began_ && Now() - *wait_began_ >= kAsleep;
}

// Then much may have come meanwhile, which timers that judge a silence must
// not overtake.
bool AsioLoop::late() const {
  return !timers_.empty() && Now() - timers_.Next() >= kLate;
}

void AsioLoop::Post(std::function<void()> fn) {
  posted_.push_back(std::move(fn));
}

void AsioLoop::AtTurnEnd(std::function<void()> fn) {
  at_turn_end_.push_back(std::move(fn));
}

TimerId AsioLoop::RunAt(Time when, std::function<void()> fn) {
  return timers_.Add(when, std::move(fn));
}

void AsioLoop::Cancel(TimerId id) { timers_.Cancel(id); }

void AsioLoop::Run() {
  while (!stopping_) RunTurn();
  stopping_ = false;
}

bool AsioLoop::HasWorkNow() const {
  if (!posted_.empty() || !at_turn_end_.empty()) return true;
  return !timers_.empty() && timers_.Next() <= Now();
}

// Runs the handler it waited for.
void AsioLoop::Wait(Duration longest_wait) {
  if (HasWorkNow()) longest_wait = Duration::zero();
  alarm_->SetBy(timers_.Next());
  now_.reset();
  if (longest_wait == Duration::zero()) return;
  wait_began_ = Time(ReadClock(CLOCK_MONOTONIC));
  if (longest_wait < kLongestWait) {
    context_->run_one_for(longest_wait);
  } else {
    context_->run_one();
  }
}

// What is added meanwhile waits for the next round. The lists hand their room
// on, so that a turn allocates none; a function may itself run a turn.
void AsioLoop::RunRound(Functions& waiting) {
  Functions round = std::exchange(spare_, {});
  round.swap(waiting);
  for (auto& fn : round) fn();
  round.clear();
  spare_ = std::move(round);
}

void AsioLoop::RunPosted() {
  while (!posted_.empty()) RunRound(posted_);
}

void AsioLoop::RunTurn(Duration longest_wait) {
  wait_began_.reset();
  Wait(longest_wait);
  const bool all = !slept() || late();
  for (int i = 0; all && i < kHandlersPerTurn; ++i) {
    if (context_->poll_one() == 0) break;
  }
  if (!timers_.empty()) timers_.RunDue(Now());
  RunPosted();
  while (!at_turn_end_.empty()) {
    RunRound(at_turn_end_);
    RunPosted();
  }
}

}  // namespace herald::net
