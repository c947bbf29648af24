// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/routing_study/figures.h"

#include <algorithm>
#include <cstdio>

namespace herald::study {
namespace {

double Ratio(uint64_t part, uint64_t whole) {
  return whole == 0 ? 0
                    : static_cast<double>(part) / static_cast<double>(whole);
}

// What a set of calls has in common, while they are counted.
struct Tally {
  explicit Tally(size_t site_count) : sites(site_count) {}

  void Add(const CallRecord& record, const std::vector<ServerFacts>& servers) {
    times.push_back(ToMillis(record.ttfb.value_or(kDeadline)));
    errors += !record.ttfb;
    if (record.server) ++sites[servers[*record.server].site];
  }

  double Percentile(size_t percent) {
    if (times.empty()) return 0;
    auto at = times.begin() +
              static_cast<ptrdiff_t>((times.size() - 1) * percent / 100);
    std::nth_element(times.begin(), at, times.end());
    return *at;
  }

  std::vector<double> Shares() const {
    std::vector<double> out;
    for (uint64_t calls : sites) out.push_back(Ratio(calls, times.size()));
    return out;
  }

  PhaseFigures Result() {
    return {.calls = times.size(),
            .p50 = Percentile(50),
            .p95 = Percentile(95),
            .p99 = Percentile(99),
            .errors = Ratio(errors, times.size()),
            .sites = Shares()};
  }

  std::vector<double> times;
  uint64_t errors = 0;
  std::vector<uint64_t> sites;
};

// How often the first site's share turned round.
uint32_t Turns(const std::vector<std::vector<double>>& course) {
  uint32_t turns = 0;
  double last_move = 0;
  for (size_t i = 1; i < course.size(); ++i) {
    const double move = course[i][0] - course[i - 1][0];
    if (std::abs(move) <= kMove) continue;
    turns += last_move * move < 0;
    last_move = move;
  }
  return turns;
}

void AddSticky(const RunRecord& run, Figures& figures) {
  uint64_t asked = 0, same = 0;
  for (const CallRecord& record : run.records) {
    asked += record.same_server.has_value();
    same += record.same_server.value_or(false);
  }
  figures.sticky = Ratio(same, asked);
}

std::string Numbers(const std::vector<double>& values) {
  std::string out = "[";
  for (double value : values) {
    char text[32];
    std::snprintf(text, sizeof text, "%s%.4f", out.size() > 1 ? "," : "",
                  value);
    out += text;
  }
  return out + "]";
}

std::string ToJson(const PhaseFigures& phase) {
  char text[200];
  std::snprintf(text, sizeof text,
                "\"calls\":%llu,\"p50\":%.3f,\"p95\":%.3f,\"p99\":%.3f,"
                "\"errors\":%.6f,\"sites\":",
                static_cast<unsigned long long>(phase.calls), phase.p50,
                phase.p95, phase.p99, phase.errors);
  return text + Numbers(phase.sites);
}

}  // namespace

Figures Summarize(const Scene& scene, const RunRecord& run) {
  const size_t sites = scene.sites.size();
  Tally all(sites);
  std::vector<Tally> phases(scene.phases.size(), Tally(sites));
  std::vector<Tally> windows(static_cast<size_t>(scene.length() / kWindow) + 1,
                             Tally(sites));
  Figures figures;
  uint64_t in_slo = 0;
  for (size_t i = 0; i < run.calls.size(); ++i) {
    const CallRecord& record = run.records[i];
    all.Add(record, run.servers);
    phases[run.calls[i].phase].Add(record, run.servers);
    windows[static_cast<size_t>(run.calls[i].at / kWindow)].Add(record,
                                                                run.servers);
    in_slo += record.ttfb && *record.ttfb <= kSlo;
    figures.mean_regret += ToMillis(record.regret);
  }
  const uint64_t calls = run.calls.size();
  figures.mean_regret /= static_cast<double>(std::max<uint64_t>(1, calls));
  figures.all = all.Result();
  figures.in_slo = Ratio(in_slo, calls);
  figures.probes = Ratio(run.probes, calls);
  for (Tally& phase : phases) figures.phases.push_back(phase.Result());
  for (const Tally& window : windows) {
    if (!window.times.empty()) figures.course.push_back(window.Shares());
  }
  figures.turns = Turns(figures.course);
  AddSticky(run, figures);
  return figures;
}

std::string ToJson(const Figures& figures) {
  char text[200];
  std::snprintf(text, sizeof text,
                ",\"slo\":%.5f,\"turns\":%u,\"sticky\":%.5f,\"probes\":%.4f,"
                "\"regret\":%.4f,\"phases\":[",
                figures.in_slo, figures.turns, figures.sticky, figures.probes,
                figures.mean_regret);
  std::string out = ToJson(figures.all) + text;
  for (size_t i = 0; i < figures.phases.size(); ++i) {
    out += (i > 0 ? ",{" : "{") + ToJson(figures.phases[i]) + "}";
  }
  out += "],\"course\":[";
  for (size_t i = 0; i < figures.course.size(); ++i) {
    out += (i > 0 ? "," : "") + Numbers(figures.course[i]);
  }
  return out + "]";
}

}  // namespace herald::study
