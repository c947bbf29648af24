// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/load_meter.h"

#include <algorithm>
#include <cmath>

#include "core/base/check.h"

namespace herald::routing {
namespace {

constexpr Duration kFresh = std::chrono::seconds(5);
constexpr size_t kEnoughToTell = 8;
constexpr Duration kTrialEvery = std::chrono::seconds(1);

constexpr uint64_t kUsualOver = 32;  // calls
constexpr double kUsualWeight = 4;   // samples that it counts for

double Log(Duration d) {
  return std::log(static_cast<double>(std::max<int64_t>(1, d.count())));
}
Duration Exp(double log) { return Duration(std::llround(std::exp(log))); }

uint32_t Distance(uint32_t a, uint32_t b) { return a < b ? b - a : a - b; }

}  // namespace

void LoadMeter::OnFirstByte(uint32_t load_met, Duration ttfb, Time now) {
  const double weight =
      1.0 / static_cast<double>(std::min(sample_count_ + 1, kUsualOver));
  usual_ += weight * (Log(ttfb) - usual_);
  samples_[sample_count_++ % kKept] = {now, ttfb, load_met};
  failures_.OnSuccess(now);
}

void LoadMeter::OnEnd() {
  HERALD_CHECK(in_flight_ > 0, "every OnEnd follows its own OnStart");
  --in_flight_;
}

size_t LoadMeter::Recent(Time now, Times& times) const {
  const size_t kept = std::min<uint64_t>(sample_count_, kKept);
  // A quarter of the load; one call either way, as a report leaves with a
  // response that is itself still in flight; and never nobody.
  const uint32_t about = std::max(1u, in_flight_ / 4);
  uint32_t nearest = UINT32_MAX;
  for (size_t i = 0; i < kept && nearest > about; ++i) {
    if (now - samples_[i].at > kFresh) continue;
    nearest = std::min(nearest, Distance(samples_[i].load, in_flight_));
  }
  const uint32_t reach = std::max(about, nearest);
  size_t count = 0;
  for (size_t i = 0; i < kept && count < kMedianOf; ++i) {
    const Sample& sample = samples_[(sample_count_ - 1 - i) % kKept];
    if (now - sample.at > kFresh) break;  // newest first
    if (Distance(sample.load, in_flight_) <= reach) {
      times[count++] = sample.ttfb;
    }
  }
  return count;
}

LoadReport LoadMeter::Report(Time now) const {
  LoadReport report;
  report.in_flight = in_flight_;
  report.limit = limit_;
  report.draining = draining_;
  report.failing = failures_.At(now);

  Times times;
  const size_t count = Recent(now, times);
  if (count == 0) return report;
  auto middle = times.begin() + static_cast<ptrdiff_t>(count / 2);
  std::nth_element(times.begin(), middle,
                   times.begin() + static_cast<ptrdiff_t>(count));
  // Two lucky calls are no fast agent, and would bring all callers here: few
  // samples are held against what is usual. Bad luck is believed; it sends
  // some away and fades. Times to first byte are spread by factors, so their
  // logarithms are mixed.
  const auto own = static_cast<double>(count);
  const Duration mixed =
      Exp((own * Log(*middle) + kUsualWeight * usual_) / (own + kUsualWeight));
  report.ttfb = std::max(*middle, mixed);
  return report;
}

bool LoadMeter::Hopeless(Duration left, Time now) {
  Times times;
  const size_t count = Recent(now, times);
  const auto end = times.begin() + static_cast<ptrdiff_t>(count);
  const bool known = count >= kEnoughToTell;
  if (!known || *std::min_element(times.begin(), end) <= left) return false;
  // The first one that is refused begins the second.
  if (!trial_at_ || now - *trial_at_ > 2 * kTrialEvery) trial_at_ = now;
  if (now - *trial_at_ < kTrialEvery) return true;
  trial_at_ = now;
  return false;
}

}  // namespace herald::routing
