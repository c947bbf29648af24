// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/balancer.h"

#include <algorithm>

#include "absl/container/inlined_vector.h"

namespace herald::routing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kJitterWeight = 2;                  // k_J
constexpr Duration kFailureCost = seconds(5);     // P_fail, as Linkerd's biaser
constexpr Duration kBandFloor = milliseconds(3);  // below it, all are equal

// Which links win among peers of comparable score.
enum class Standing : uint8_t { kMeasured, kUnmeasured, kSuspect };

// One usable candidate, with what the choice needs of it.
struct Entry {
  size_t index;
  const PeerState* peer;
  Duration cost;
  Duration service;
  uint32_t load;   // predicted in flight
  uint32_t limit;  // at least 1
  Standing standing;
  bool beyond_max_rtt;
  bool known;                     // its service time was measured
  Reason reason = Reason::kBest;  // should it be chosen
  bool cold() const { return load < limit; }
};
using Entries = absl::InlinedVector<Entry, 64>;

Duration BandOf(Duration least) { return least + least / 10 + kBandFloor; }

const WayState& WayOf(const Candidate& candidate) {
  return candidate.way != nullptr ? *candidate.way : candidate.peer->way();
}

Standing StandingOf(const WayState& way) {
  if (way.link() == Link::kSuspect) return Standing::kSuspect;
  const bool measured = way.link() == Link::kUp && way.measured_rtt();
  return measured ? Standing::kMeasured : Standing::kUnmeasured;
}

// a.load / a.limit < b.load / b.limit
bool LessLoaded(const Entry& a, const Entry& b) {
  return uint64_t{a.load} * b.limit < uint64_t{b.load} * a.limit;
}

// Keeps those for which `keep` holds, unless it holds for none. In place: a
// stable_partition would ask for memory.
template <typename Predicate>
void Narrow(Entries& entries, Predicate keep) {
  if (std::none_of(entries.begin(), entries.end(), keep)) return;
  entries.erase(std::remove_if(entries.begin(), entries.end(),
                               [&keep](const Entry& e) { return !keep(e); }),
                entries.end());
}

// A peer whose measurements have faded scores with the prior of 50 ms. Where
// the known ones answer faster than that, it would never be tried again, and
// calls that once left a near site would stay away for ever. So it is presumed
// as fast as the fastest known one, when that would make it the clear winner,
// for one call of ours at a time.
void PresumeTheBest(Entries& entries) {
  Duration least = Duration::max(), fastest = Duration::max();
  bool all_known = true;
  for (const Entry& entry : entries) {
    least = std::min(least, entry.cost);
    if (entry.known) fastest = std::min(fastest, entry.service);
    all_known = all_known && entry.known;
  }
  if (all_known) return;
  for (Entry& entry : entries) {
    if (entry.known || entry.standing != Standing::kMeasured ||
        entry.service <= fastest || entry.peer->in_flight() > 0) {
      continue;
    }
    const Duration presumed = entry.cost - entry.service + fastest;
    if (BandOf(presumed) >= least) continue;
    entry.cost = presumed;
    entry.reason = Reason::kOptimism;
  }
}

// Every peer is at its limit: pure load decides.
Choice LeastLoaded(Entries& entries, Random& random) {
  Narrow(entries, [](const Entry& entry) {
    return entry.standing != Standing::kSuspect;
  });
  const Entry least =
      *std::min_element(entries.begin(), entries.end(), LessLoaded);
  Narrow(entries,
         [&least](const Entry& entry) { return !LessLoaded(least, entry); });
  return {entries[random.Below(entries.size())].index, Reason::kLeastLoaded};
}

// Two at random of those near the best; the less loaded one.
Choice NearBest(Entries& entries, Random& random) {
  Duration least = Duration::max();
  for (const Entry& entry : entries) least = std::min(least, entry.cost);
  const Duration band = BandOf(least);
  Narrow(entries, [band](const Entry& entry) { return entry.cost <= band; });
  Standing best = Standing::kSuspect;
  for (const Entry& entry : entries) best = std::min(best, entry.standing);
  Narrow(entries,
         [best](const Entry& entry) { return entry.standing == best; });

  const size_t n = entries.size();
  if (n == 1) return {entries[0].index, entries[0].reason};
  const size_t first = random.Below(n);
  const size_t second = (first + 1 + random.Below(n - 1)) % n;
  const bool swap = LessLoaded(entries[second], entries[first]);
  const Entry& chosen = entries[swap ? second : first];
  return {chosen.index, chosen.reason};
}

}  // namespace

PeerState& Balancer::Peer(std::string_view name) {
  auto found = peers_.find(name);
  if (found == peers_.end()) {
    std::string key(name);
    auto peer = std::make_unique<PeerState>(key);
    found = peers_.emplace(std::move(key), std::move(peer)).first;
  }
  return *found->second;
}

void Balancer::Retain(const discovery::Snapshot& snapshot) {
  std::erase_if(peers_, [&snapshot](const auto& entry) {
    return snapshot.FindPeer(entry.first) == nullptr &&
           entry.second->in_flight() == 0;
  });
}

Score Balancer::ScoreOf(const Candidate& candidate,
                        const Preference& preference, Time now) const {
  const PeerState& peer = *candidate.peer;
  const WayState& way = WayOf(candidate);
  Score score;
  score.rtt = way.Rtt(candidate.tier);
  score.jitter = kJitterWeight * way.rtt_variation();
  score.service = peer.Service(now);
  const double failure = peer.Failure(now);
  score.failure = Duration(static_cast<int64_t>(
      failure * static_cast<double>(kFailureCost.count())));
  score.handicap = preference.handicap[static_cast<size_t>(candidate.tier)];
  score.usable = peer.UsableBy(way, now);
  return score;
}

std::optional<Choice> Balancer::Pick(std::span<const Candidate> candidates,
                                     const Ask& ask, Time now, Random& random) {
  const Preference& preference = ask.preference;
  Entries entries;
  for (size_t i = 0; i < candidates.size(); ++i) {
    const PeerState& peer = *candidates[i].peer;
    const WayState& way = WayOf(candidates[i]);
    if (!peer.UsableBy(way, now)) continue;
    const Score score = ScoreOf(candidates[i], preference, now);
    entries.push_back({.index = i,
                       .peer = &peer,
                       .cost = score.total(),
                       .service = score.service,
                       .load = peer.PredictedInFlight(),
                       .limit = std::max(1u, peer.limit()),
                       .standing = StandingOf(way),
                       .beyond_max_rtt = preference.max_rtt &&
                                         score.rtt > *preference.max_rtt,
                       .known = peer.ServiceKnown(now)});
  }
  if (entries.empty()) return std::nullopt;
  Narrow(entries, [](const Entry& entry) { return !entry.beyond_max_rtt; });
  Narrow(entries, [](const Entry& entry) { return entry.cold(); });
  if (!entries[0].cold()) return LeastLoaded(entries, random);
  PresumeTheBest(entries);
  return NearBest(entries, random);
}

}  // namespace herald::routing
