// SPDX-License-Identifier: Apache-2.0
//
// Single runs timed one by one, for benchmarks of what must be short every
// time and not only on average; and what they allocate.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "benchmark/benchmark.h"

namespace herald::bench {

// Calls of operator new so far, of the whole program. One thread.
uint64_t Allocations();

// The last so many runs are kept.
inline constexpr size_t kSamples = 1 << 16;

// Runs `one(i)`, which gives some number back, again and again; before that
// `warm_up` times untimed. Sets p50_ns and p99_ns (of single runs, the clock's
// own cost included) and allocations (a run); returns the mean of the numbers.
template <typename Fn>
double TimeEach(benchmark::State& state, Fn one, size_t warm_up = 0) {
  using Clock = std::chrono::steady_clock;
  std::vector<int64_t> nanos(kSamples);
  size_t ignored = 0;
  for (size_t i = 0; i < warm_up; ++i) ignored += one(i);
  benchmark::DoNotOptimize(ignored);
  size_t count = 0;
  size_t result = 0;
  const uint64_t before = Allocations();
  for (auto _ : state) {
    const Clock::time_point start = Clock::now();
    result += one(count);
    const Clock::time_point end = Clock::now();
    nanos[count++ % kSamples] = (end - start).count();
  }
  const uint64_t allocated = Allocations() - before;
  benchmark::DoNotOptimize(result);
  nanos.resize(std::min(count, kSamples));
  auto at = [&](double share) {
    auto nth =
        nanos.begin() + static_cast<std::ptrdiff_t>(
                            share * static_cast<double>(nanos.size() - 1));
    std::nth_element(nanos.begin(), nth, nanos.end());
    return static_cast<double>(*nth);
  };
  const auto runs = static_cast<double>(count);
  state.counters["p50_ns"] = at(0.5);
  state.counters["p99_ns"] = at(0.99);
  state.counters["allocations"] = static_cast<double>(allocated) / runs;
  return static_cast<double>(result) / runs;
}

}  // namespace herald::bench
