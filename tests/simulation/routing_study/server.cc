// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/routing_study/server.h"

#include <algorithm>

#include "core/base/check.h"

namespace herald::study {
namespace {

constexpr Duration kFailsWithin = std::chrono::milliseconds(1);

}  // namespace

Server::Server(const SiteSpec& site, EventQueue& clock, ServerEvents& events)
    : clock_(clock),
      events_(events),
      speed_(site.speed),
      slots_(site.slots),
      meter_(site.slots) {}

Duration Server::Takes(Duration work) const {
  return Duration(static_cast<int64_t>(static_cast<double>(work.count()) *
                                       slowness_ / speed_));
}

void Server::Arrive(const Job& job) {
  HERALD_CHECK(alive_, "the dead take no calls");
  if (failing_) {
    // The sidecar answers for an agent that is gone: no load, no first byte.
    clock_.After(kFailsWithin, [this, call = job.call] {
      meter_.OnFailure(clock_.now());
      events_.OnHead(call, /*failed=*/true, Report());
    });
    return;
  }
  const Waiting waiting = {job, clock_.now(), meter_.OnStart()};
  if (running_.size() < slots_) return Start(waiting);
  queue_.push_back(waiting);
}

void Server::Start(const Waiting& waiting) {
  const Job& job = waiting.job;
  const Time head = clock_.now() + Takes(job.first);
  running_.push_back({job.call, head + Takes(job.rest)});
  clock_.At(head, [this, waiting] {
    const uint32_t call = waiting.job.call;
    if (!IsRunning(call)) return;
    meter_.OnFirstByte(waiting.load_met, clock_.now() - waiting.arrived,
                       clock_.now());
    const routing::LoadReport report = Report();
    if (waiting.job.rest == Duration(0)) End(call);
    events_.OnHead(call, /*failed=*/false, report);
  });
  if (job.rest == Duration(0)) return;
  clock_.At(head + Takes(job.rest), [this, call = job.call] {
    if (!IsRunning(call)) return;
    End(call);
    events_.OnEnd(call);
  });
}

bool Server::IsRunning(uint32_t call) const {
  return std::any_of(running_.begin(), running_.end(),
                     [call](const Running& r) { return r.call == call; });
}

void Server::End(uint32_t call) {
  std::erase_if(running_, [call](const Running& r) { return r.call == call; });
  meter_.OnEnd();
  StartNext();
}

void Server::StartNext() {
  if (queue_.empty() || running_.size() >= slots_) return;
  const Waiting next = queue_.front();
  queue_.pop_front();
  Start(next);
}

void Server::Cancel(uint32_t call) {
  if (IsRunning(call)) return End(call);
  const size_t gone = std::erase_if(
      queue_, [call](const Waiting& w) { return w.job.call == call; });
  if (gone > 0) meter_.OnEnd();
}

void Server::Crash() {
  alive_ = false;
  running_.clear();
  queue_.clear();
  meter_ = routing::LoadMeter(slots_);
}

Time Server::FirstByteOf(Duration first, Time at,
                         const std::vector<Job>& on_the_way) const {
  const size_t before = in_flight() + on_the_way.size();
  if (before < slots_) return at + Takes(first);
  // The least of these is when the next slot falls free.
  std::vector<Time> free_at(slots_ - running_.size(), clock_.now());
  for (const Running& running : running_) free_at.push_back(running.ends);
  std::make_heap(free_at.begin(), free_at.end(), std::greater<>());
  auto take = [&free_at, this](const Job& job) {
    std::pop_heap(free_at.begin(), free_at.end(), std::greater<>());
    free_at.back() += Takes(job.first + job.rest);
    std::push_heap(free_at.begin(), free_at.end(), std::greater<>());
  };
  for (const Waiting& waiting : queue_) take(waiting.job);
  for (const Job& job : on_the_way) take(job);
  return std::max(at, free_at.front()) + Takes(first);
}

}  // namespace herald::study
