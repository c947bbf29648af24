// SPDX-License-Identifier: Apache-2.0
#include "core/base/metrics.h"

#include <gtest/gtest.h>

namespace herald {
namespace {

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(MetricsTest, CountersAndGaugesAreRenderedByNameAndLabels) {
  Metrics metrics;
  metrics.counter("b_total", "B.", "code=\"200\"").Add(2);
  metrics.counter("b_total", "B.", "code=\"403\"").Add();
  metrics.gauge("a", "A.").Set(1.5);
  EXPECT_EQ(metrics.RenderText(),
            "# HELP b_total B.\n# TYPE b_total counter\n"
            "b_total{code=\"200\"} 2\nb_total{code=\"403\"} 1\n"
            "# HELP a A.\n# TYPE a gauge\na 1.5\n");
}

TEST(MetricsTest, TheSameNameAndLabelsAreTheSameMetric) {
  Metrics metrics;
  metrics.counter("x", "X.").Add();
  metrics.counter("x", "X.").Add();
  EXPECT_EQ(metrics.counter("x", "X.").value(), 2u);
}

TEST(MetricsTest, HistogramBucketsAreCumulativeAndEndInInfinity) {
  Metrics metrics;
  Histogram& histogram = metrics.histogram("h", "H.", "d=\"out\"");
  histogram.Observe(std::chrono::microseconds(64));  // first bucket's bound
  histogram.Observe(std::chrono::microseconds(65));  // second bucket
  histogram.Observe(std::chrono::hours(1));          // beyond all
  std::string text = metrics.RenderText();
  EXPECT_TRUE(Contains(text, "h_bucket{d=\"out\",le=\"6.4e-05\"} 1\n"));
  EXPECT_TRUE(Contains(text, "h_bucket{d=\"out\",le=\"0.000128\"} 2\n"));
  EXPECT_TRUE(Contains(text, "h_bucket{d=\"out\",le=\"+Inf\"} 3\n"));
  EXPECT_TRUE(Contains(text, "h_count{d=\"out\"} 3\n"));
}

TEST(MetricsTest, CollectorsRunBeforeEachRendering) {
  Metrics metrics;
  int asked = 0;
  metrics.OnCollect([&] { metrics.gauge("g", "G.").Set(++asked); });
  EXPECT_TRUE(Contains(metrics.RenderText(), "g 1\n"));
  EXPECT_TRUE(Contains(metrics.RenderText(), "g 2\n"));
}

}  // namespace
}  // namespace herald
