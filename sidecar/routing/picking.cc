// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/picking.h"

#include <algorithm>

namespace herald::routing {
namespace {

// A peer that failed lately does not keep what belongs to it: for 42 s after
// one failure.
constexpr double kFailsTooMuch = 0.005;

}  // namespace

// --- gather

bool Picking::Gather() {
  const std::span<const Candidate> all = parts_.candidates;
  if (all.size() > Subset::kAllUpTo) {
    GatherSubset();
    AddHolder();
    return !field_.empty();
  }
  for (size_t i = 0; i < all.size(); ++i) {
    tiers_[static_cast<size_t>(all[i].tier)].present = true;
    Consider(i);
  }
  return !field_.empty();
}

void Picking::GatherSubset() {
  const Subset::Order& order = parts_.service.subset.OrderOf(
      parts_.candidates, parts_.seed, parts_.generation);
  for (size_t t = 0; t < tiers_.size(); ++t) {
    const std::span<const uint32_t> tier = order.Of(t);
    tiers_[t].present = !tier.empty();
    for (uint32_t index : tier) {
      if (tiers_[t].usable < Subset::kEachTier) {
        Consider(index);
      } else if (parts_.trace != nullptr) {
        (*parts_.trace)[index] = Standing::kOtherSubset;
      } else {
        break;
      }
    }
  }
}

// Whoever holds what the call belongs to counts although he is no longer one
// of our subset.
void Picking::AddHolder() {
  const Binding* binding = Found();
  if (binding == nullptr) return;
  for (const Entry& entry : field_.entries()) {
    if (entry.peer->name() == binding->peer) return;
  }
  for (size_t i = 0; i < parts_.candidates.size(); ++i) {
    if (parts_.candidates[i].peer->name() == binding->peer) Consider(i);
  }
}

void Picking::Consider(size_t index) {
  const Candidate& candidate = parts_.candidates[index];
  const Standing standing = StandingOf(candidate, parts_.now);
  if (standing != Standing::kIn) {
    if (parts_.trace != nullptr) (*parts_.trace)[index] = standing;
    return;
  }
  Entry& entry = field_.Add();
  entry.index = static_cast<uint32_t>(index);
  Describe(candidate, ask(), parts_.now, entry);
  if (!entry.closed) return;
  TierView& tier = tiers_[static_cast<size_t>(entry.tier)];
  ++tier.usable;
  tier.in_flight += entry.load;
  tier.limit += entry.limit;
}

void Picking::Learn() {
  TierControl& control = parts_.service.ControlOf(tiers_);
  if (control.Observe(tiers_, parts_.now)) {
    control.Step(tiers_, MedianCosts(), parts_.now);
  }
}

std::array<double, kTierCount> Picking::Spill() {
  const TierControl& control = parts_.service.ControlOf(tiers_);
  std::array<double, kTierCount> out;
  for (size_t t = 0; t < out.size(); ++t) {
    out[t] = control.spill(static_cast<Tier>(t));
  }
  return out;
}

TierCosts Picking::MedianCosts() {
  TierCosts medians;
  absl::InlinedVector<Duration, 128> costs;
  for (size_t t = 0; t < medians.size(); ++t) {
    costs.clear();
    for (const Entry& entry : field_.entries()) {
      if (static_cast<size_t>(entry.tier) == t && entry.closed) {
        costs.push_back(entry.cost);
      }
    }
    medians[t] = kNoCost;
    if (costs.empty()) continue;
    auto middle = costs.begin() + static_cast<ptrdiff_t>(costs.size() / 2);
    std::nth_element(costs.begin(), middle, costs.end());
    medians[t] = *middle;
  }
  return medians;
}

// --- choose

std::optional<Choice> Picking::Choose() {
  std::optional<Choice> holder;
  if (Bound(holder)) return holder;
  if (auto trial = Trial()) return trial;
  field_.Narrow(Standing::kBreaker, [](const Entry& e) { return e.closed; });
  DrawClass();
  Bounds();
  SlowStart();
  field_.Narrow(Standing::kFull, [](const Entry& e) { return e.cold(); });
  if (!field_[0].cold()) return LeastLoaded();
  if (!PresumeTheBest()) AdmitTier();
  return NearBest();
}

Choice Picking::Take(const Entry& entry) const {
  const bool weight = weighed_ && entry.reason == Reason::kBest;
  return {entry.index, weight ? Reason::kWeight : entry.reason};
}

const Binding* Picking::Found() const {
  if (ask().affinity.empty()) return nullptr;
  return parts_.service.affinity.Find(
      ask().affinity, ask().preference.affinity_idle, parts_.now);
}

bool Picking::Bound(std::optional<Choice>& choice) {
  const Binding* binding = Found();
  if (binding == nullptr) return false;
  choice = Holder(*binding);
  // Until it has answered nothing is held there yet.
  const bool stuck = ask().affinity_required && binding->answered;
  if (!choice && !stuck) return false;
  field_.Narrow(Standing::kElsewhere, [&choice](const Entry& entry) {
    return choice && entry.index == choice->index;
  });
  return true;
}

// The peer that holds it, if it is to have this call too.
std::optional<Choice> Picking::Holder(const Binding& binding) {
  const Entry* holder = nullptr;
  Duration least = Duration::max();
  for (const Entry& entry : field_.entries()) {
    if (entry.closed) least = std::min(least, entry.cost);
    if (entry.peer->name() != binding.peer) continue;
    if (holder == nullptr || entry.cost < holder->cost) holder = &entry;
  }
  if (holder == nullptr) return std::nullopt;
  const bool worth_it =
      holder->closed && holder->load <= holder->limit &&
      holder->cost - ask().preference.affinity_bonus <= least &&
      holder->peer->Failure(parts_.now) < kFailsTooMuch;
  if (!worth_it && !ask().affinity_required) return std::nullopt;
  return Choice{holder->index, Reason::kAffinity};
}

// A ripe peer is tried when it would be chosen if it had not failed.
std::optional<Choice> Picking::Trial() {
  if (!ask().repeatable) return std::nullopt;
  const Entry* best = nullptr;
  Duration best_cost = Duration::max();
  Duration least = Duration::max();
  for (const Entry& entry : field_.entries()) {
    if (entry.closed) least = std::min(least, entry.cost);
    if (!entry.ripe) continue;
    const Candidate& candidate = parts_.candidates[entry.index];
    const Duration forgiven =
        entry.cost - ScoreOf(candidate, ask(), parts_.now).failure;
    if (forgiven < best_cost) {
      best = &entry;
      best_cost = forgiven;
    }
  }
  if (best == nullptr || least == Duration::max()) return std::nullopt;
  if (best_cost > BandOf(least)) return std::nullopt;
  return Choice{best->index, Reason::kTrial};
}

void Picking::DrawClass() {
  if (ask().preference.weights.empty()) return;
  const uint8_t drawn = DrawnClass();
  if (drawn == Candidate::kNoClass) return;
  const size_t before = field_.size();
  field_.Narrow(Standing::kOtherClass, [drawn](const Entry& entry) {
    return entry.weight_class == drawn;
  });
  weighed_ = field_.size() < before;
}

// By weight, of the classes that have a usable peer.
uint8_t Picking::DrawnClass() {
  const auto& weights = ask().preference.weights;
  absl::InlinedVector<uint32_t, 4> usable(weights.size());
  for (const Entry& entry : field_.entries()) {
    const uint8_t one = entry.weight_class;
    if (one < weights.size()) usable[one] = weights[one];
  }
  uint64_t total = 0;
  for (uint32_t weight : usable) total += weight;
  if (total == 0) return Candidate::kNoClass;
  if (parts_.random == nullptr) {
    const auto most = std::max_element(usable.begin(), usable.end());
    return static_cast<uint8_t>(most - usable.begin());
  }
  uint64_t at = parts_.random->Below(total);
  uint8_t drawn = 0;
  while (at >= usable[drawn]) at -= usable[drawn++];
  return drawn;
}

void Picking::Bounds() {
  const Preference& wanted = ask().preference;
  constexpr Standing kBeyond = Standing::kBeyondBounds;
  if (wanted.max_rtt) {
    field_.Narrow(kBeyond, [](const Entry& e) { return !e.beyond_rtt; });
  }
  if (wanted.max_predicted_ttfb) {
    field_.Narrow(kBeyond, [](const Entry& e) { return !e.beyond_ttfb; });
  }
  if (wanted.ceiling_cents_per_gib) {
    field_.Narrow(kBeyond, [](const Entry& e) { return !e.beyond_ceiling; });
  }
}

// A peer that is new takes a share of what it would get; of the share of the
// longest known, so that a sidecar that has just started splits as ever.
void Picking::SlowStart() {
  float most = 0, least = 1;
  for (const Entry& entry : field_.entries()) {
    most = std::max(most, entry.warmth);
    least = std::min(least, entry.warmth);
  }
  if (least == most || parts_.random == nullptr) return;
  for (Entry& entry : field_.entries()) {
    entry.kept =
        entry.warmth == most || parts_.random->Chance(entry.warmth / most);
  }
  field_.Narrow(Standing::kWarmingUp, [](const Entry& e) { return e.kept; });
}

// Every peer is at its limit: pure load decides.
Choice Picking::LeastLoaded() {
  field_.Narrow(Standing::kUnproven, [](const Entry& entry) {
    return entry.proof != Proof::kSuspect;
  });
  const auto entries = field_.entries();
  const Entry least =
      *std::min_element(entries.begin(), entries.end(), LessLoaded);
  field_.Narrow(Standing::kFull, [&least](const Entry& entry) {
    return !LessLoaded(least, entry);
  });
  const size_t drawn =
      parts_.random != nullptr ? parts_.random->Below(field_.size()) : 0;
  return {field_[drawn].index, Reason::kLeastLoaded};
}

// A peer whose measurements have faded scores with the prior of 50 ms. Where
// the known ones answer faster than that, it would never be tried again, and
// calls that once left a near site would stay away for ever. So it is presumed
// as fast as the fastest known one, when that would make it the clear winner,
// for one call of ours at a time.
bool Picking::PresumeTheBest() {
  Duration least = Duration::max(), fastest = Duration::max();
  bool all_known = true;
  for (const Entry& entry : field_.entries()) {
    least = std::min(least, entry.cost);
    if (entry.known) fastest = std::min(fastest, entry.service);
    all_known = all_known && entry.known;
  }
  if (all_known) return false;
  bool presumed_one = false;
  for (Entry& entry : field_.entries()) {
    if (entry.known || entry.proof != Proof::kMeasured ||
        entry.service <= fastest || entry.peer->in_flight() > 0) {
      continue;
    }
    const Duration presumed = entry.cost - entry.service + fastest;
    if (BandOf(presumed) >= least) continue;
    entry.cost = presumed;
    entry.reason = Reason::kOptimism;
    presumed_one = true;
  }
  return presumed_one;
}

// A tier keeps its calls while it is not clearly worse than those further out:
// what costs about the same here and there would else wander with every report.
void Picking::AdmitTier() {
  const TierControl& control = parts_.service.ControlOf(tiers_);
  const Tier innermost = parts_.random != nullptr
                             ? control.Admit(tiers_, *parts_.random)
                             : control.Likeliest(tiers_);
  field_.Narrow(Standing::kSpilled, [innermost](const Entry& entry) {
    return entry.tier >= innermost;
  });
  TierCosts least;
  least.fill(kNoCost);
  for (const Entry& entry : field_.entries()) {
    Duration& tier = least[static_cast<size_t>(entry.tier)];
    tier = std::min(tier, entry.cost);
  }
  size_t here = 0;
  while (least[here] == kNoCost) ++here;  // the field is never empty
  Duration outside = kNoCost;
  for (size_t t = here + 1; t < least.size(); ++t) {
    outside = std::min(outside, least[t]);
  }
  if (ClearlyWorse(least[here], outside)) return;
  const auto nearest = static_cast<Tier>(here);
  field_.Narrow(Standing::kSlower, [nearest](const Entry& entry) {
    return entry.tier == nearest;
  });
}

// Two at random of those near the best; the less loaded one, or the cheaper.
Choice Picking::NearBest() {
  Duration least = Duration::max();
  for (const Entry& e : field_.entries()) least = std::min(least, e.cost);
  const Duration band = BandOf(least);
  field_.Narrow(Standing::kSlower,
                [band](const Entry& e) { return e.cost <= band; });
  Proof best = Proof::kSuspect;
  for (const Entry& e : field_.entries()) best = std::min(best, e.proof);
  field_.Narrow(Standing::kUnproven,
                [best](const Entry& e) { return e.proof == best; });

  const size_t n = field_.size();
  if (n == 1 || parts_.random == nullptr) return Take(field_[0]);
  const size_t first = parts_.random->Below(n);
  const size_t second = (first + 1 + parts_.random->Below(n - 1)) % n;
  const Entry& a = field_[first];
  const Entry& b = field_[second];
  const bool swap =
      LessLoaded(b, a) || (!LessLoaded(a, b) && b.price < a.price);
  return Take(swap ? b : a);
}

}  // namespace herald::routing
