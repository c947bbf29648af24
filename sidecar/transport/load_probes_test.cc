// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/load_probes.h"

#include <gtest/gtest.h>

#include <vector>

namespace herald::transport {
namespace {

using std::chrono::milliseconds;

struct Heard final : LoadProbeEvents {
  void OnProbeActivity() override { ++activity; }
  void OnReport(std::string_view packed) override {
    reports.emplace_back(packed);
  }
  int activity = 0;
  std::vector<std::string> reports;
};

// An asker and an answerer; Carry takes one datagram from one to the other.
struct LoadProbesTest : ::testing::Test {
  std::string Take(LoadProbes& from) {
    auto next = from.NextDatagram();
    std::string out(next.begin(), next.end());
    if (!out.empty()) from.OnDatagramWritten();
    return out;
  }
  void Give(LoadProbes& to, const std::string& bytes) {
    to.OnDatagram(
        {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}, now);
  }
  Time now{std::chrono::seconds(1)};
  int asked = 0;
  std::string says = "load";
  LoadProbes::Reporter reporter = [this] {
    ++asked;
    return says;
  };
  Heard heard;
  Heard unheard;
  LoadProbes asker{nullptr, heard};
  LoadProbes answerer{&reporter, unheard};
};

TEST_F(LoadProbesTest, AskIs24BytesAndItsAnswerIsTheReport) {
  EXPECT_TRUE(asker.Ask(now));
  EXPECT_EQ(heard.activity, 1);
  std::string ask = Take(asker);
  EXPECT_EQ(ask.size(), 24u);
  Give(answerer, ask);
  std::string report = Take(answerer);
  EXPECT_EQ(report.size(), 16u + says.size());
  Give(asker, report);
  EXPECT_EQ(heard.reports, std::vector<std::string>{"load"});
  Give(asker, report);
  EXPECT_EQ(heard.reports.size(), 1u) << "a copy of it says nothing new";
}

TEST_F(LoadProbesTest, TwoAreUnderWayAtMost) {
  EXPECT_TRUE(asker.Ask(now));
  EXPECT_TRUE(asker.Ask(now));
  EXPECT_FALSE(asker.Ask(now));
  now += LoadProbes::kPatience - milliseconds(1);
  EXPECT_FALSE(asker.Ask(now));
  EXPECT_EQ(asker.Lost(now), 0);
  now += milliseconds(1);
  EXPECT_TRUE(asker.Ask(now));
  EXPECT_EQ(asker.Lost(now), 2);
}

TEST_F(LoadProbesTest, AnswerForgetsTheLostOnes) {
  for (int i = 0; i < 3; ++i) {
    asker.Ask(now);
    now += LoadProbes::kPatience;
  }
  while (!Take(asker).empty()) {
  }
  asker.Ask(now);
  EXPECT_EQ(asker.Lost(now), 3);
  Give(answerer, Take(asker));
  Give(asker, Take(answerer));
  EXPECT_EQ(asker.Lost(now), 0);
}

TEST_F(LoadProbesTest, PeerThatAsksMuchMakesUsKeepTwoAnswers) {
  asker.Ask(now);
  std::string ask = Take(asker);
  for (int i = 0; i < 1000; ++i) Give(answerer, ask);
  EXPECT_EQ(asked, 2);
  EXPECT_FALSE(Take(answerer).empty());
  EXPECT_FALSE(Take(answerer).empty());
  EXPECT_TRUE(Take(answerer).empty());
}

TEST_F(LoadProbesTest, ReportThatIsTooLongIsNotSent) {
  says = std::string(kMaxDatagram - 16, 'x');
  asker.Ask(now);
  std::string ask = Take(asker);
  Give(answerer, ask);
  EXPECT_EQ(Take(answerer).size(), kMaxDatagram);
  says += 'x';
  Give(answerer, ask);
  EXPECT_TRUE(Take(answerer).empty());
}

TEST_F(LoadProbesTest, WhatIsNotOfThisFormIsIgnored) {
  asker.Ask(now);
  std::string ask = Take(asker);
  for (size_t n = 0; n < ask.size(); ++n) Give(answerer, ask.substr(0, n));
  std::string later = ask;
  later[4] = 3;
  Give(answerer, later);
  std::string other = ask;
  other[0] = 'H';
  Give(answerer, other);
  EXPECT_EQ(asked, 0);
}

}  // namespace
}  // namespace herald::transport
