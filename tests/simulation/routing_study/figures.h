// SPDX-License-Identifier: Apache-2.0
//
// What a run amounts to: the figures of the table, those of each phase, and
// the course of the sites' shares. An error counts as 5 s in the percentiles:
// its caller had waited as good as for ever.
#pragma once

#include <string>
#include <vector>

#include "tests/simulation/routing_study/scene.h"
#include "tests/simulation/routing_study/world.h"

namespace herald::study {

inline constexpr Duration kSlo = std::chrono::milliseconds(250);
inline constexpr Duration kWindow = std::chrono::seconds(5);
// A move of the first site's share of less than this is no move.
inline constexpr double kMove = 0.15;

struct PhaseFigures {
  uint64_t calls = 0;
  double p50 = 0, p95 = 0, p99 = 0;  // ms
  double errors = 0;                 // share
  std::vector<double> sites;         // shares of the calls
};

struct Figures {
  PhaseFigures all;
  double in_slo = 0;
  uint32_t turns = 0;      // direction changes of the first site's share
  double sticky = 0;       // of contexts' calls after their first
  double probes = 0;       // a call
  double mean_regret = 0;  // ms
  std::vector<PhaseFigures> phases;
  std::vector<std::vector<double>> course;  // a window's shares by site
};

Figures Summarize(const Scene& scene, const RunRecord& run);

// Both as one line of JSON, the same for the same run, byte for byte.
std::string ToJson(const Figures& figures);

}  // namespace herald::study
