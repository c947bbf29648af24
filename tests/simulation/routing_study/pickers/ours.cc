// SPDX-License-Identifier: Apache-2.0
//
// The production router, fed as sidecar/call feeds it.
#include "sidecar/routing/balancer.h"
#include "tests/simulation/routing_study/pickers/roster.h"

namespace herald::study {
namespace {

constexpr char kAgent[] = "agent";

class Ours final : public Picker {
 public:
  Ours(const PickerParts& parts, const routing::BalancerOptions& options)
      : servers_(parts.servers), balancer_(options), random_(parts.seed) {
    balancer_.SetSelf("spiffe://study/caller-" + std::to_string(parts.caller));
    for (const ServerFacts& server : parts.servers) {
      candidates_.push_back({&balancer_.Peer(server.name), server.tier});
    }
  }

  std::optional<size_t> Pick(const Question& question, Time now) override {
    const routing::Ask ask = {.agent = kAgent,
                              .affinity = question.context,
                              .repeatable = question.repeatable};
    const auto choice = balancer_.Pick(candidates_, ask, now, random_);
    if (!choice) return std::nullopt;
    return choice->index;
  }

  // As OutboundCall::ProbeAnother.
  std::optional<size_t> ProbeSoon(size_t chosen) override {
    const size_t other = random_.Below(candidates_.size() - 1);
    return other < chosen ? other : other + 1;
  }

  void OnSent(size_t server, Time now) override { Peer(server).OnSent(now); }
  void OnFirstByte(size_t server, const Question& question, Duration ttfb,
                   Time now) override {
    Peer(server).OnFirstByte(ttfb, now);
    balancer_.OnAnswer(kAgent, question.context, servers_[server].name, now);
  }
  void OnDone(size_t server, bool failed, Time now) override {
    Peer(server).OnDone(failed, now);
  }
  void OnReport(size_t server, const routing::LoadReport& report,
                Time now) override {
    Peer(server).OnReport(report, now);
  }
  void OnLink(size_t server, routing::Link link, Time now) override {
    Peer(server).SetLink(link, now);
  }
  void OnRtt(size_t server, Duration smoothed, Duration variation) override {
    Peer(server).OnRtt(smoothed, variation);
  }

 private:
  routing::PeerState& Peer(size_t server) { return *candidates_[server].peer; }

  const std::vector<ServerFacts>& servers_;
  routing::Balancer balancer_;
  std::vector<routing::Candidate> candidates_;
  Random random_;
};

}  // namespace

std::unique_ptr<Picker> MakeOurs(const PickerParts& parts) {
  return std::make_unique<Ours>(parts, routing::BalancerOptions{});
}

std::unique_ptr<Picker> MakeOursWithoutTierControl(const PickerParts& parts) {
  return std::make_unique<Ours>(
      parts, routing::BalancerOptions{.tier_control = false});
}

}  // namespace herald::study
