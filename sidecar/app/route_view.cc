// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/route_view.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sidecar/call/addressing.h"
#include "sidecar/call/authorize.h"
#include "sidecar/call/peer_book.h"
#include "sidecar/call/selection.h"
#include "sidecar/routing/balancer.h"

namespace herald::app {
namespace {

using routing::Considered;
using routing::Standing;

std::string Text(const json::Object& from, const char* key) {
  return json::GetString(from, key).value_or("");
}

std::optional<std::string> Given(std::string text) {
  return text.empty() ? std::nullopt : std::optional(std::move(text));
}

call::CallFacts FactsOf(const call::Environment& environment,
                        const json::Object& asked) {
  call::CallFacts call;
  call.caller = environment.self.identity;
  call.caller_namespace = environment.self.kubernetes_namespace;
  call.agent = Text(asked, "agent");
  call.skill = Given(Text(asked, "skill"));
  call.purpose = Given(Text(asked, "purpose"));
  if (const json::Value* labels = asked.if_contains("labels")) {
    for (const json::Value& label : labels->get_array()) {
      call.said.emplace_back(label.get_string());
    }
  }
  std::sort(call.said.begin(), call.said.end());
  return call;
}

std::string Words(const std::vector<std::string>& list) {
  std::string out;
  for (const std::string& one : list) out += (out.empty() ? "" : ", ") + one;
  return out;
}

// Why policy denies it.
std::string WhyDenied(const call::Judged& judged) {
  const policy::Decision& decision = judged.decision;
  if (!decision.unpermitted.empty()) {
    return "no rule permits " +
           Words({decision.unpermitted.begin(), decision.unpermitted.end()}) +
           " to go there";
  }
  if (!decision.rules.empty()) {
    return "denied by " + Words({decision.rules.begin(), decision.rules.end()});
  }
  return decision.reason.empty() ? "denied" : "denied: " + decision.reason;
}

std::string Millis(Duration d) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f ms", ToMillis(d));
  return text;
}

// What the standing means for somebody who asks why.
std::string WhyOf(const Considered& one, Duration best) {
  switch (one.standing) {
    case Standing::kIn:
      return "near the best: drawn among those, the less loaded of two wins";
    case Standing::kDown:
      return "no connection to it";
    case Standing::kDraining:
      return "it drains and wants no more calls";
    case Standing::kBackOff:
      return "it asked to be left alone for a while (Retry-After)";
    case Standing::kBreaker:
      return "three calls in a row failed; it is tried again soon";
    case Standing::kElsewhere:
      return "what the call belongs to is at another peer";
    case Standing::kOtherSubset:
      return "of so many peers, this sidecar uses others";
    case Standing::kOtherClass:
      return "policy's weights favour another class of peers";
    case Standing::kBeyondBounds:
      return "beyond a bound that policy prefers";
    case Standing::kWarmingUp:
      return "it came up just now and takes calls slowly";
    case Standing::kFull:
      return "it serves " + std::to_string(one.in_flight) + " of " +
             std::to_string(one.limit) + " calls it serves well";
    case Standing::kSpilled:
      return "its tier is crowded or slow; most calls go further out";
    case Standing::kSlower:
      return Millis(one.score.total() - best) + " beyond the best";
    case Standing::kUnproven:
      return "others that cost as much have a proven connection";
  }
  return "";
}

// The least total of those that are in.
Duration BestOf(const routing::Explanation& why) {
  Duration best = Duration::max();
  for (const Considered& one : why.candidates) {
    if (one.standing == Standing::kIn) best = std::min(best, one.score.total());
  }
  return best;
}

json::Object RenderCandidate(const discovery::Endpoint& peer,
                             const Considered& one, Duration best) {
  return {
      {"peer", json::View(peer.name)},
      {"way", json::View(peer.way)},
      {"tier", json::View(ToString(peer.site->tier.value_or(Tier::kCloud)))},
      {"allowed", true},
      {"state", json::View(ToString(one.link))},
      {"standing", json::View(ToString(one.standing))},
      {"why", WhyOf(one, best)},
      {"terms", RenderTerms(one.score)},
      {"predictedTtfbMs", ToMillis(one.score.predicted_ttfb())},
      {"score", ToMillis(one.score.total())},
      {"inFlight", one.in_flight},
      {"limit", one.limit},
      {"share", one.warmth}};
}

json::Object RenderDenied(const call::Judged& judged) {
  const discovery::Endpoint& peer = *judged.peer;
  return {
      {"peer", json::View(peer.name)},
      {"tier", json::View(ToString(peer.site->tier.value_or(Tier::kCloud)))},
      {"allowed", false},
      {"why", WhyDenied(judged)}};
}

json::Object RenderSpill(const routing::Explanation& why) {
  json::Object out;
  for (size_t t = 0; t < why.spill.size(); ++t) {
    if (why.spill[t] > 0) {
      out[json::View(ToString(static_cast<Tier>(t)))] = why.spill[t];
    }
  }
  return out;
}

admin::Explanation NotUnderstood(const std::string& detail) {
  return {
      .understood = false,
      .value = json::Object{
          {"title", "unusable question"}, {"status", 400}, {"detail", detail}}};
}

}  // namespace

json::Object RenderTerms(const routing::Score& score) {
  return {{"rttMs", ToMillis(score.rtt)},
          {"jitterMs", ToMillis(score.jitter)},
          {"lossMs", ToMillis(score.loss)},
          {"serviceMs", ToMillis(score.service)},
          {"failureMs", ToMillis(score.failure)},
          {"handicapMs", ToMillis(score.handicap)},
          {"egressMs", ToMillis(score.egress)},
          {"nearMs", ToMillis(score.near)},
          {"affinityMs", ToMillis(score.affinity)}};
}

admin::Explanation ExplainRoute(call::Environment& environment,
                                const discovery::Snapshot& snapshot,
                                const policy::Program& program,
                                const json::Value& question) {
  const json::Object* asked = question.if_object();
  if (asked == nullptr || Text(*asked, "agent").empty()) {
    return NotUnderstood("which agent? ask for /route?agent=NAME");
  }
  call::CallFacts call = FactsOf(environment, *asked);
  const auto serving = snapshot.Serving(call.agent);
  if (serving.empty()) {
    return NotUnderstood("no peer serves '" + call.agent + "'");
  }
  if (!call.skill && serving[0]->FindAgent(call.agent)->skills.size() == 1) {
    call.skill = serving[0]->FindAgent(call.agent)->skills[0];
  }
  call.at = environment.loop.WallNow();
  call.Settle(program);
  std::vector<discovery::EndpointPtr> allowed;
  json::Array denied;
  for (const discovery::EndpointPtr& peer : serving) {
    call::Judged judged = call::JudgeOne(program, call, peer, snapshot);
    if (judged.decision.allowed()) {
      allowed.push_back(peer);
    } else {
      denied.push_back(RenderDenied(judged));
    }
  }
  const call::RoutingWish wish{.affinity = Text(*asked, "affinity")};
  const http::RequestHead head{.method = "POST"};
  call::Selection selection({environment.peers, program, call, head, wish},
                            allowed);
  const routing::Explanation why = selection.Explain(environment.loop.Now());
  const Duration best = BestOf(why);
  json::Array peers;
  for (size_t i = 0; i < allowed.size(); ++i) {
    peers.push_back(RenderCandidate(*allowed[i], why.candidates[i], best));
  }
  peers.insert(peers.end(), denied.begin(), denied.end());
  json::Value choice(nullptr);
  if (why.choice) {
    choice =
        json::Object{{"peer", json::View(allowed[why.choice->index]->name)},
                     {"reason", json::View(ToString(why.choice->reason))}};
  }
  return {.value = json::Object{{"agent", json::View(call.agent)},
                                {"choice", std::move(choice)},
                                {"holder", json::View(why.holder)},
                                {"spill", RenderSpill(why)},
                                {"peers", std::move(peers)}}};
}

}  // namespace herald::app
