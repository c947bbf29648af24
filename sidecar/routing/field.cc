// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/field.h"

namespace herald::routing {
namespace {

Proof ProofOf(const WayState& way) {
  if (way.link() == Link::kSuspect) return Proof::kSuspect;
  const bool measured = way.link() == Link::kUp && way.measured_rtt();
  return measured ? Proof::kMeasured : Proof::kUnmeasured;
}

}  // namespace

std::string_view ToString(Standing standing) {
  switch (standing) {
    case Standing::kIn:
      return "in";
    case Standing::kDown:
      return "down";
    case Standing::kDraining:
      return "draining";
    case Standing::kBackOff:
      return "back-off";
    case Standing::kBreaker:
      return "breaker";
    case Standing::kElsewhere:
      return "elsewhere";
    case Standing::kOtherSubset:
      return "other-subset";
    case Standing::kOtherClass:
      return "other-class";
    case Standing::kBeyondBounds:
      return "beyond-bounds";
    case Standing::kWarmingUp:
      return "warming-up";
    case Standing::kFull:
      return "full";
    case Standing::kSpilled:
      return "spilled";
    case Standing::kSlower:
      return "slower";
    case Standing::kUnproven:
      return "unproven";
  }
  return "unknown";
}

Standing StandingOf(const Candidate& candidate, Time now) {
  const PeerState& peer = *candidate.peer;
  if (WayOf(candidate).link() == Link::kDown) return Standing::kDown;
  if (peer.draining()) return Standing::kDraining;
  if (peer.InBackOff(now)) return Standing::kBackOff;
  return Standing::kIn;
}

void Describe(const Candidate& candidate, const Ask& ask, Time now,
              Entry& entry) {
  const PeerState& peer = *candidate.peer;
  const Preference& wanted = ask.preference;
  const Score score = ScoreOf(candidate, ask, now);
  const Breaker& breaker = peer.breaker();
  const Breaker::State state = breaker.state(now);
  entry.peer = &peer;
  entry.cost = score.total();
  entry.service = score.service;
  entry.load = peer.PredictedInFlight();
  entry.limit = std::max(1u, peer.limit());
  entry.warmth = static_cast<float>(peer.Warmth(now));
  entry.price = candidate.cents_per_gib;
  entry.tier = candidate.tier;
  entry.proof = ProofOf(WayOf(candidate));
  entry.weight_class = candidate.weight_class;
  entry.known = peer.ServiceKnown(now);
  entry.closed = state == Breaker::State::kClosed;
  entry.ripe = state == Breaker::State::kRipe && !breaker.on_trial();
  entry.beyond_rtt = wanted.max_rtt && score.rtt > *wanted.max_rtt;
  entry.beyond_ttfb = wanted.max_predicted_ttfb &&
                      score.predicted_ttfb() > *wanted.max_predicted_ttfb;
  entry.beyond_ceiling =
      wanted.ceiling_cents_per_gib &&
      candidate.cents_per_gib > *wanted.ceiling_cents_per_gib;
}

}  // namespace herald::routing
