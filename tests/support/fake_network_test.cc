// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_network.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/fake_loop.h"

namespace herald::test {
namespace {

class Listener final : public net::DatagramEvents {
 public:
  void OnDatagrams(const net::ReceivedBatch& batch) override {
    ++batches;
    for (size_t at = 0; at < batch.bytes.size(); at += batch.segment) {
      auto one = batch.bytes.subspan(
          at, std::min(batch.segment, batch.bytes.size() - at));
      got.emplace_back(one.begin(), one.end());
    }
  }
  void OnSendable() override {}
  int batches = 0;
  std::vector<std::string> got;
};

std::span<const uint8_t> Bytes(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::vector<std::string> Arrivals(uint64_t seed, const LinkFaults& faults) {
  FakeLoop loop;
  FakeNetwork network(loop, seed);
  network.defaults() = faults;
  auto a = network.Bind("10.0.0.1:1");
  auto b = network.Bind("10.0.0.2:1");
  Listener listener;
  b->SetEvents(&listener);
  for (int i = 0; i < 50; ++i) {
    a->Send({a->local(), b->local()}, Bytes(std::to_string(i)), 8,
            net::Ecn::kNotEct);
  }
  loop.RunFor(std::chrono::seconds(1));
  return listener.got;
}

TEST(FakeNetworkTest, DeliversABatchWholeAndInOrder) {
  FakeLoop loop;
  FakeNetwork network(loop, 1);
  auto a = network.Bind("10.0.0.1:1");
  auto b = network.Bind("10.0.0.2:1");
  Listener listener;
  b->SetEvents(&listener);
  a->Send({a->local(), b->local()}, Bytes("aabbc"), 2, net::Ecn::kNotEct);
  loop.RunFor(std::chrono::milliseconds(5));
  EXPECT_EQ(listener.got, (std::vector<std::string>{"aa", "bb", "c"}));
  EXPECT_EQ(listener.batches, 1);
}

TEST(FakeNetworkTest, LosesTheSameDatagramsForTheSameSeed) {
  LinkFaults faults;
  faults.loss = 0.3;
  faults.jitter = std::chrono::milliseconds(3);
  EXPECT_EQ(Arrivals(7, faults), Arrivals(7, faults));
  EXPECT_NE(Arrivals(7, faults), Arrivals(8, faults));
  EXPECT_LT(Arrivals(7, faults).size(), 50u);
}

TEST(FakeNetworkTest, CutLinkCarriesNothing) {
  LinkFaults faults;
  faults.cut = true;
  EXPECT_TRUE(Arrivals(1, faults).empty());
}

}  // namespace
}  // namespace herald::test
