// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/selection.h"

#include "policy/preference.h"
#include "sidecar/call/peer_book.h"
#include "sidecar/routing/balancer.h"

namespace herald::call {
namespace {

constexpr double kCents = 100;  // policy counts in whole units of the currency

routing::Preference PreferenceOf(const policy::Program& program,
                                 const CallFacts& call) {
  const policy::Preference said =
      policy::PreferenceFor(program, call.ToQuestion());
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
  return out;
}

}  // namespace

Selection::Selection(const Parts& parts,
                     std::span<const discovery::EndpointPtr> allowed)
    : parts_(parts),
      allowed_(allowed),
      preference_(PreferenceOf(parts.program, parts.call)) {
  candidates_.reserve(allowed.size());
  for (const discovery::EndpointPtr& one : allowed) {
    routing::PeerState& state = parts.peers.State(one->name);
    candidates_.push_back({.peer = &state,
                           .tier = one->site.tier.value_or(Tier::kCloud),
                           .cents_per_gib = static_cast<float>(
                               one->egress_cents_per_gib.value_or(0)),
                           .way = &parts.peers.WayTo(*one)});
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
