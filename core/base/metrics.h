// SPDX-License-Identifier: Apache-2.0
//
// Counters, gauges and histograms, kept in a registry that `app` makes and
// hands down. A metric is found once, at construction; on the hot path it is
// one addition. Label values are known beforehand (never a caller's text), so
// the set cannot grow without bound.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"

namespace herald {

class Counter {
 public:
  void Add(uint64_t n = 1) { value_ += n; }
  uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0;
};

class Gauge {
 public:
  void Set(double value) { value_ = value; }
  void Add(double delta) { value_ += delta; }
  double value() const { return value_; }

 private:
  double value_ = 0;
};

// Buckets double from 64 us to 67 s: enough for calls between and across
// continents.
class Histogram {
 public:
  static constexpr int kBuckets = 21;
  void Observe(Duration value);
  static double UpperBoundSeconds(int bucket);
  uint64_t count() const { return count_; }
  double sum_seconds() const { return sum_seconds_; }
  const std::array<uint64_t, kBuckets>& buckets() const { return buckets_; }

 private:
  std::array<uint64_t, kBuckets> buckets_ = {};  // not cumulative
  uint64_t count_ = 0;
  double sum_seconds_ = 0;
};

// Owns every metric; references stay valid for its life. One thread.
class Metrics {
 public:
  // `labels` is the inside of the braces: `direction="out",code="200"`. The
  // same name and labels give the same metric. Names follow Prometheus:
  // herald_calls_total, herald_call_seconds.
  Counter& counter(const std::string& name, const std::string& help,
                   const std::string& labels = "");
  Gauge& gauge(const std::string& name, const std::string& help,
               const std::string& labels = "");
  Histogram& histogram(const std::string& name, const std::string& help,
                       const std::string& labels = "");

  // Forgets one gauge, whose references die with it: for a label value that
  // will not come again.
  void Drop(const std::string& gauge, const std::string& labels);

  // Called before each rendering, to set gauges that are cheaper asked than
  // kept.
  void OnCollect(std::function<void()> fn);

  // Prometheus text exposition format 0.0.4.
  std::string RenderText();

 private:
  template <typename T>
  struct Family {
    std::string help;
    std::map<std::string, std::unique_ptr<T>> members;
  };
  std::map<std::string, Family<Counter>> counters_;
  std::map<std::string, Family<Gauge>> gauges_;
  std::map<std::string, Family<Histogram>> histograms_;
  std::vector<std::function<void()>> collectors_;
};

}  // namespace herald
