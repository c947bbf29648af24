// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/selection.h"

#include <cstdio>
#include <utility>

#include "policy/preference.h"
#include "sidecar/call/peer_book.h"
#include "sidecar/routing/balancer.h"

namespace herald::call {
namespace {

constexpr double kCents = 100;  // policy counts in whole units of the currency

routing::Preference PreferenceOf(const policy::Preference& said) {
  routing::Preference out;
  for (size_t tier = 0; tier < said.handicap.size(); ++tier) {
    if (said.handicap[tier]) out.handicap[tier] = *said.handicap[tier];
  }
  out.max_rtt = said.max_rtt;
  out.max_predicted_ttfb = said.max_predicted_ttfb;
  if (said.affinity) {  // zero: not said
    const policy::PreferKeys::Affinity& affinity = *said.affinity;
    if (affinity.bonus > Duration(0)) out.affinity_bonus = affinity.bonus;
    if (affinity.idle > Duration(0)) out.affinity_idle = affinity.idle;
  }
  if (said.cost) {
    if (said.cost->ceiling_per_gib) {
      out.ceiling_cents_per_gib = *said.cost->ceiling_per_gib * kCents;
    }
    out.ms_per_cent = said.cost->ms_per_cent.value_or(out.ms_per_cent);
  }
  if (said.weights != nullptr) {
    for (const policy::PeerClass& one : *said.weights) {
      out.weights.push_back(one.weight);
    }
  }
  return out;
}

// A fact that is unknown matches nothing.
Duration NearnessOf(const discovery::Endpoint& peer,
                    const policy::PreferKeys::Near* near) {
  if (near == nullptr) return Duration(0);
  if (near->country && peer.site->country != near->country) return Duration(0);
  if (near->operator_name && peer.site->operator_name != near->operator_name) {
    return Duration(0);
  }
  return near->bonus;
}

// The first class that names it.
uint8_t ClassOf(const discovery::Endpoint& peer,
                const std::vector<policy::PeerClass>* classes) {
  if (classes == nullptr) return routing::Candidate::kNoClass;
  for (size_t i = 0; i < classes->size(); ++i) {
    for (const policy::Pattern& pattern : (*classes)[i].peers) {
      if (pattern.Matches(peer.name)) return static_cast<uint8_t>(i);
    }
  }
  return routing::Candidate::kNoClass;
}

std::string Millis(Duration d) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1fms", ToMillis(d));
  return text;
}

}  // namespace

Selection::Selection(const Parts& parts,
                     std::span<const discovery::EndpointPtr> allowed)
    : parts_(parts), allowed_(allowed) {
  const policy::Preference said =
      policy::PreferenceFor(parts.program, parts.call.ToQuestion());
  preference_ = PreferenceOf(said);
  candidates_.reserve(allowed.size());
  for (const discovery::EndpointPtr& one : allowed) {
    routing::PeerState& peer = parts.peers.State(one->name);
    candidates_.push_back(
        {.peer = &peer,
         .tier = one->site->tier.value_or(Tier::kCloud),
         .weight_class = ClassOf(*one, said.weights),
         .cents_per_gib = one->egress_cents_per_gib.value_or(0),
         .way = &parts.peers.WayTo(*one),
         .near = NearnessOf(*one, said.near)});
  }
}

routing::Ask Selection::AskOf(bool repeatable) const {
  return {.agent = parts_.call.agent,
          .preference = preference_,
          .affinity = parts_.wish.affinity,
          .affinity_required = parts_.wish.affinity_required,
          .payload = parts_.head.content_length.value_or(0),
          .repeatable = repeatable};
}

std::optional<routing::Choice> Selection::Choose(Time now, Random& random) {
  return parts_.peers.balancer().Pick(candidates_, AskOf(Repeatable(now)), now,
                                      random);
}

routing::Explanation Selection::Explain(Time now) const {
  return parts_.peers.balancer().Explain(candidates_, AskOf(false), now);
}

std::string Selection::Describe(const routing::Choice& choice, Time now) const {
  const routing::Candidate& chosen = candidates_[choice.index];
  const routing::Score score = routing::ScoreOf(chosen, AskOf(false), now);
  const std::string& way = allowed_[choice.index]->way;
  std::string out = "peer=" + chosen.peer->name() +
                    (way.empty() ? "" : "; way=" + way) +
                    "; reason=" + std::string(ToString(choice.reason)) +
                    "; score=" + Millis(score.total());
  const std::pair<const char*, Duration> terms[] = {
      {"rtt", score.rtt},         {"jitter", score.jitter},
      {"loss", score.loss},       {"service", score.service},
      {"failure", score.failure}, {"handicap", score.handicap},
      {"egress", score.egress},   {"near", score.near}};
  for (const auto& [name, term] : terms) {
    if (term == Duration(0)) continue;
    out += std::string("; ") + name + "=" + Millis(term);
  }
  return out + "; load=" + std::to_string(chosen.peer->PredictedInFlight()) +
         "/" + std::to_string(chosen.peer->limit()) +
         "; of=" + std::to_string(candidates_.size());
}

// Asked of those only that wait for a trial call: usually of nobody.
bool Selection::Repeatable(Time now) const {
  bool asked = false;
  for (size_t i = 0; i < candidates_.size(); ++i) {
    using routing::Breaker;
    const Breaker& breaker = candidates_[i].peer->breaker();
    if (breaker.state(now) != Breaker::State::kRipe) continue;
    asked = true;
    if (!parts_.peers.IsIdempotent(*allowed_[i], parts_.call.agent,
                                   parts_.head.method, parts_.head.path)) {
      return false;
    }
  }
  return asked;
}

std::string Selection::Unbound(Time now) const {
  if (!parts_.wish.affinity_required) return "";
  const std::string_view holder =
      parts_.peers.balancer().HolderOf(AskOf(false), now);
  if (holder.empty()) return "";
  return "herald-affinity requires " + std::string(holder) + ", which holds '" +
         parts_.wish.affinity +
         "': it is gone, cannot take calls now, or may not have this one";
}

}  // namespace herald::call
