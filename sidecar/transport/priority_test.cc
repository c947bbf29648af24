// SPDX-License-Identifier: Apache-2.0
//
// What a bulk body costs the small calls beside it, on a narrow link: 10
// Mbit/s, 20 ms there and back, a queue of one such round trip.
#include <gtest/gtest.h>

#include "sidecar/transport/test_pair.h"

namespace herald::transport {
namespace {

using std::chrono::milliseconds;
using Call = RecordingHandler::Call;

constexpr uint64_t kRate = 1'250'000;
constexpr Duration kRtt = milliseconds(20);
constexpr uint64_t kGiant = 1 << 30;

// Bodies of a gibibyte that go on beside what a test measures.
class PriorityTest : public ::testing::Test {
 protected:
  void SetUp() override {
    LinkFaults& link = pair.network.defaults();
    link.delay = kRtt / 2;
    link.mtu = 1500;
    link.bytes_per_second = kRate;
    link.queue = kRate / 50;
    pair.handler.keep_body = false;
    pair.handler.answer = [this](Call& call) {
      bool is_bulk = call.head.path == "/bulk";
      call.ear.stream->SendResponse(http::ResponseHead{}, false);
      if (is_bulk) {
        pumps.push_back({&call.ear, call.ear.stream.get()});
      } else {
        call.ear.stream->SendData(std::string(answer_size, 'a'), true);
      }
    };
    ASSERT_TRUE(pair.Up());
  }
  using LinkFaults = test::LinkFaults;

  // A call whose bodies never end, both ways.
  void StartBulk() {
    bulk.push_back(pair.Open(TestPair::Post("/bulk"), false));
    bulk.back()->keep_body = false;
    pumps.push_back({bulk.back().get(), bulk.back()->stream.get()});
  }
  void StepAll() {
    for (auto& one : pumps) one.pump.Step(*one.ear, *one.stream, kGiant);
  }
  void Run(Duration time) {
    Time end = pair.loop.Now() + time;
    pair.loop.RunUntil(
        [&] {
          StepAll();
          return pair.loop.Now() >= end;
        },
        time);
  }

  Duration TimeOfCall(size_t size, const std::string& priority = "") {
    http::RequestHead head = TestPair::Post("/small");
    if (!priority.empty()) head.headers.Add("priority", priority);
    Time began = pair.loop.Now();
    auto ear = pair.Open(head, false);
    ear->stream->SendData(std::string(size, 'q'), true);
    EXPECT_TRUE(pair.loop.RunUntil([&] {
      StepAll();
      return ear->done();
    }));
    EXPECT_FALSE(ear->reset);
    return pair.loop.Now() - began;
  }
  // Of 41 calls, so that a lost packet of one does not decide.
  Duration Median(size_t size) {
    std::vector<Duration> all;
    for (int i = 0; i < 41; ++i) {
      Run(milliseconds(100));
      all.push_back(TimeOfCall(size));
    }
    std::sort(all.begin(), all.end());
    return all[all.size() / 2];
  }

  struct Running {
    Ear* ear;
    http::Stream* stream;
    Pump pump = {};
  };
  TestPair pair;
  size_t answer_size = 1000;
  std::vector<std::unique_ptr<Ear>> bulk;
  std::vector<Running> pumps;
};

TEST_F(PriorityTest, ShortCallBesideEightGiantsTakesTwoRoundTripsMoreAtMost) {
  Duration alone = Median(1000);
  for (int i = 0; i < 8; ++i) StartBulk();
  Run(std::chrono::seconds(5));
  Duration beside = Median(1000);
  RecordProperty("alone_ms", std::to_string(ToMillis(alone)));
  RecordProperty("beside_ms", std::to_string(ToMillis(beside)));
  EXPECT_LE(ToMillis(beside), ToMillis(alone + 2 * kRtt));
}

TEST_F(PriorityTest, CallBelowTheBoundOfBulkIsNotSharedOutAmongGiants) {
  // 48 KiB take 39 ms of the link for themselves.
  answer_size = 48 << 10;
  Duration alone = Median(48 << 10);
  for (int i = 0; i < 8; ++i) StartBulk();
  Run(std::chrono::seconds(5));
  Duration beside = Median(48 << 10);
  RecordProperty("alone_ms", std::to_string(ToMillis(alone)));
  RecordProperty("beside_ms", std::to_string(ToMillis(beside)));
  EXPECT_LE(ToMillis(beside), ToMillis(alone + 2 * kRtt));
}

// A peer whose agents read nothing of eight giants: 8 windows of a stream are
// the window of the connection.
TEST_F(PriorityTest, GiantsThatNobodyReadsDoNotShutTheConnection) {
  pair.handler.consume = false;
  for (int i = 0; i < 12; ++i) StartBulk();
  Run(std::chrono::seconds(20));
  pair.handler.consume = true;
  EXPECT_LE(ToMillis(TimeOfCall(1000)), ToMillis(4 * kRtt));
}

TEST_F(PriorityTest, UrgentBodyGoesBeforeItsEquals) {
  pair.network.defaults().queue = 1 << 20;  // a loss would decide
  pair.handler.answer = nullptr;
  auto finished = [&](const char* first, const char* second) {
    pair.handler.calls.clear();
    std::vector<std::unique_ptr<Ear>> ears;
    for (const char* priority : {first, second}) {
      http::RequestHead head = TestPair::Post("/small");
      head.headers.Add("priority", priority);
      ears.push_back(pair.Open(head, false));
      ears.back()->stream->SendData(std::string(60'000, 'q'), true);
    }
    const Call* whole = nullptr;
    EXPECT_TRUE(pair.loop.RunUntil([&] {
      for (const auto& call : pair.handler.calls) {
        if (call->ear.ended) whole = call.get();
      }
      return whole != nullptr;
    }));
    return std::string(whole->head.headers.Get("priority").value());
  };
  EXPECT_EQ(finished("u=5", "u=1"), "u=1");
  EXPECT_EQ(finished("u=2, i", "u=6"), "u=2, i");
}

TEST_F(PriorityTest, AnswerIsAsUrgentAsItsRequestUnlessItSaysOtherwise) {
  pair.network.defaults().queue = 1 << 20;  // a loss would decide
  answer_size = 0;
  auto finished = [&](const char* answered) {
    std::vector<Call*> calls;
    pair.handler.answer = [&](Call& call) { calls.push_back(&call); };
    std::vector<std::unique_ptr<Ear>> ears;
    for (const char* priority : {"u=4", "u=2"}) {
      http::RequestHead head = TestPair::Get("/");
      head.headers.Add("priority", priority);
      ears.push_back(pair.Open(head, true));
    }
    pair.loop.RunUntil([&] { return calls.size() == 2; });
    for (Call* call : calls) {
      http::ResponseHead head;
      bool first = call->head.headers.Get("priority") == "u=4";
      if (first) head.headers.Add("priority", answered);
      call->ear.stream->SendResponse(head, false);
      call->ear.stream->SendData(std::string(60'000, 'a'), true);
    }
    pair.loop.RunUntil([&] { return ears[0]->ended || ears[1]->ended; });
    return ears[0]->ended ? "first" : "second";
  };
  EXPECT_STREQ(finished("u=3"), "second");
  EXPECT_STREQ(finished("u=0"), "first");
}

TEST(UrgencyTest, IsReadFromTheFieldAndIgnoredWhereItIsNone) {
  EXPECT_EQ(Urgency("u=0"), 0);
  EXPECT_EQ(Urgency("i, u=7"), 7);
  EXPECT_EQ(Urgency("i"), kDefaultUrgency);
  EXPECT_EQ(Urgency("u=9"), std::nullopt);
  EXPECT_EQ(Urgency("u=\"1"), std::nullopt);
}

}  // namespace
}  // namespace herald::transport
