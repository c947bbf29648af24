// SPDX-License-Identifier: Apache-2.0
#include "core/base/metrics.h"

#include <cstdio>

namespace herald {
namespace {

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.9g", value);
  return text;
}

void Line(std::string& out, const std::string& name, const std::string& labels,
          const std::string& value) {
  out += name;
  if (!labels.empty()) out += "{" + labels + "}";
  out += " " + value + "\n";
}

void Preamble(std::string& out, const std::string& name,
              const std::string& help, const char* type) {
  out += "# HELP " + name + " " + help + "\n# TYPE " + name + " " + type + "\n";
}

void RenderHistogram(std::string& out, const std::string& name,
                     const std::string& labels, const Histogram& histogram) {
  std::string prefix = labels.empty() ? "" : labels + ",";
  uint64_t cumulative = 0;
  for (int i = 0; i < Histogram::kBuckets; ++i) {
    cumulative += histogram.buckets()[static_cast<size_t>(i)];
    bool last = i == Histogram::kBuckets - 1;
    std::string bound = last ? "+Inf" : Number(Histogram::UpperBoundSeconds(i));
    Line(out, name + "_bucket", prefix + "le=\"" + bound + "\"",
         std::to_string(cumulative));
  }
  Line(out, name + "_sum", labels, Number(histogram.sum_seconds()));
  Line(out, name + "_count", labels, std::to_string(histogram.count()));
}

template <typename Families>
auto& FindOrMake(Families& families, const std::string& name,
                 const std::string& help, const std::string& labels) {
  auto& family = families[name];
  if (family.help.empty()) family.help = help;
  auto& slot = family.members[labels];
  using T = typename std::decay_t<decltype(slot)>::element_type;
  if (!slot) slot = std::make_unique<T>();
  return *slot;
}

}  // namespace

double Histogram::UpperBoundSeconds(int bucket) {
  return 64e-6 * static_cast<double>(uint64_t{1} << bucket);
}

void Histogram::Observe(Duration value) {
  double seconds = std::chrono::duration<double>(value).count();
  int bucket = 0;
  while (bucket < kBuckets - 1 && seconds > UpperBoundSeconds(bucket)) {
    ++bucket;
  }
  ++buckets_[static_cast<size_t>(bucket)];
  ++count_;
  sum_seconds_ += seconds;
}

Counter& Metrics::counter(const std::string& name, const std::string& help,
                          const std::string& labels) {
  return FindOrMake(counters_, name, help, labels);
}
Gauge& Metrics::gauge(const std::string& name, const std::string& help,
                      const std::string& labels) {
  return FindOrMake(gauges_, name, help, labels);
}
Histogram& Metrics::histogram(const std::string& name, const std::string& help,
                              const std::string& labels) {
  return FindOrMake(histograms_, name, help, labels);
}

void Metrics::Drop(const std::string& gauge, const std::string& labels) {
  auto family = gauges_.find(gauge);
  if (family != gauges_.end()) family->second.members.erase(labels);
}

void Metrics::OnCollect(std::function<void()> fn) {
  collectors_.push_back(std::move(fn));
}

std::string Metrics::RenderText() {
  for (auto& collect : collectors_) collect();
  std::string out;
  for (auto& [name, family] : counters_) {
    Preamble(out, name, family.help, "counter");
    for (auto& [labels, metric] : family.members) {
      Line(out, name, labels, std::to_string(metric->value()));
    }
  }
  for (auto& [name, family] : gauges_) {
    Preamble(out, name, family.help, "gauge");
    for (auto& [labels, metric] : family.members) {
      Line(out, name, labels, Number(metric->value()));
    }
  }
  for (auto& [name, family] : histograms_) {
    Preamble(out, name, family.help, "histogram");
    for (auto& [labels, metric] : family.members) {
      RenderHistogram(out, name, labels, *metric);
    }
  }
  return out;
}

}  // namespace herald
