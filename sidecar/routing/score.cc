// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/score.h"

namespace herald::routing {
namespace {

constexpr int kJitterWeight = 2;                            // k_J
constexpr Duration kFailureCost = std::chrono::seconds(5);  // as Linkerd's

// Below it the price of a call is noise next to what it does; it only breaks
// ties.
constexpr uint64_t kHeavy = 1024 * 1024;
constexpr double kBytesPerGib = 1024.0 * 1024 * 1024;

// A short call is lost with its only packet, one way or the other, and comes a
// probe timeout later (RFC 9002 §6.2.1, with our 5 ms of delayed answers).
constexpr int kPacketsThatMatter = 2;
constexpr Duration kAckDelay = std::chrono::milliseconds(5);

Duration Scale(Duration d, double factor) {
  return Duration(
      static_cast<int64_t>(static_cast<double>(d.count()) * factor));
}

Duration LossCost(const WayState& way, Duration rtt) {
  if (way.loss() <= 0) return Duration(0);
  const Duration timeout = rtt + 4 * way.rtt_variation() + kAckDelay;
  return Scale(timeout, kPacketsThatMatter * way.loss());
}

Duration EgressCost(const Candidate& candidate, const Ask& ask) {
  if (ask.payload < kHeavy || candidate.cents_per_gib <= 0) return Duration(0);
  const double cents =
      static_cast<double>(ask.payload) / kBytesPerGib * candidate.cents_per_gib;
  return Scale(std::chrono::milliseconds(1),
               cents * ask.preference.ms_per_cent);
}

}  // namespace

const WayState& WayOf(const Candidate& candidate) {
  return candidate.way != nullptr ? *candidate.way : candidate.peer->way();
}

Score ScoreOf(const Candidate& candidate, const Ask& ask, Time now) {
  const PeerState& peer = *candidate.peer;
  const WayState& way = WayOf(candidate);
  Score score;
  score.rtt = way.Rtt(candidate.tier);
  score.jitter = kJitterWeight * way.rtt_variation();
  score.loss = LossCost(way, score.rtt);
  score.service = peer.Service(now);
  score.failure = Scale(kFailureCost, peer.Failure(now));
  score.handicap = ask.preference.handicap[static_cast<size_t>(candidate.tier)];
  score.egress = EgressCost(candidate, ask);
  score.near = candidate.near;
  return score;
}

}  // namespace herald::routing
