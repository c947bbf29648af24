// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/policy_status.h"

#include <string>
#include <utility>

#include "sidecar/call/record.h"

namespace herald::app {
namespace {

using call::RenderTime;

json::Array Strings(const std::vector<std::string>& texts) {
  json::Array out;
  for (const std::string& text : texts) out.emplace_back(json::View(text));
  return out;
}

json::Value Held(const std::optional<PolicyRollout::Held>& held) {
  if (!held) return nullptr;
  json::Array examples;
  for (const auto& example : held->weighing.examples) {
    examples.push_back(json::Object{{"call", example.call},
                                    {"why", example.why},
                                    {"count", example.count}});
  }
  return json::Object{
      {"hash", json::View(held->version.program->hash())},
      {"since", RenderTime(held->version.since)},
      {"calls", held->weighing.calls},
      {"newlyDenied", held->weighing.newly_denied},
      {"share", held->weighing.share()},
      {"examples", std::move(examples)},
      {"do",
       "look at the examples; where they are meant, annotate a policy of the "
       "set with herald.dev/may-newly-deny: DATE"}};
}

json::Array History(const PolicyRollout& rollout) {
  json::Array out;
  for (const auto& version : rollout.history()) {
    out.push_back(json::Object{
        {"hash", json::View(version.program->hash())},
        {"since", RenderTime(version.since)},
        {"inForce", version.program == rollout.present().program}});
  }
  return out;
}

json::Array Observed(const policy::ProgramFacts& facts, WallTime now) {
  json::Array out;
  for (const auto& one : facts.observed) {
    out.push_back(json::Object{{"namespace", one.scope},
                               {"policy", one.policy},
                               {"until", RenderTime(one.until)},
                               {"open", now <= one.until}});
  }
  return out;
}

json::Array Overrides(const policy::ProgramFacts& facts, WallTime now) {
  json::Array out;
  for (const auto& one : facts.overrides) {
    json::Object shown{
        {"override", one.override},     {"reason", one.reason},
        {"from", RenderTime(one.from)}, {"until", RenderTime(one.until)},
        {"open", one.open(now)},        {"lifts", Strings(one.lifts)},
        {"rules", Strings(one.rules)}};
    if (one.scope) shown["namespace"] = *one.scope;
    out.push_back(std::move(shown));
  }
  return out;
}

json::Array Policies(const policy::ProgramFacts& facts) {
  json::Array out;
  for (const auto& object : facts.objects) {
    json::Object shown{
        {"kind", object.kind}, {"name", object.name}, {"file", object.file}};
    if (object.scope) shown["namespace"] = *object.scope;
    if (object.mode == policy::Mode::kShadow) shown["mode"] = "Shadow";
    out.push_back(std::move(shown));
  }
  return out;
}

json::Array Reviews(const policy::ProgramFacts& facts, WallTime now) {
  const std::string today = RenderTime(now).substr(0, 10);
  json::Array out;
  for (const auto& one : facts.reviews) {
    out.push_back(json::Object{{"set", one.name},
                               {"file", one.file},
                               {"reviewBy", one.by},
                               {"past", one.by < today}});
  }
  return out;
}

json::Object ByRule(const call::RecentCalls::ByRule& counts) {
  json::Object out;
  for (const auto& [rule, count] : counts) out[rule] = count;
  return out;
}

json::Object Counts(Metrics& metrics) {
  auto shadow = [&](const char* verdict) {
    return metrics
        .counter("herald_policy_shadow_total",
                 "Decisions that shadow policies would turn, by what they "
                 "would say.",
                 "verdict=\"" + std::string(verdict) + "\"")
        .value();
  };
  return {{"shadowWouldDeny", shadow("Deny")},
          {"shadowWouldPermit", shadow("Permit")},
          {"observed",
           metrics
               .counter("herald_policy_observed_total",
                        "Calls let through only because their namespace is "
                        "observed.")
               .value()},
          {"cut", metrics
                      .counter("herald_policy_cut_total",
                               "Calls under way that ended because a new "
                               "policy forbids them.")
                      .value()}};
}

}  // namespace

json::Object RenderPolicyStatus(const PolicyStatusSources& from) {
  const PolicyRollout::Version& present = from.rollout.present();
  const policy::ProgramFacts& facts = present.program->about();
  json::Object meters;
  for (const auto& [name, count] : from.meters.Counts()) meters[name] = count;
  json::Object out{{"hash", json::View(facts.hash)},
                   {"since", RenderTime(present.since)},
                   {"from", from.rollout.rolled_back() ? "rollback" : "files"},
                   {"files", Strings(facts.files)},
                   {"objects", Policies(facts)},
                   {"held", Held(from.rollout.held())},
                   {"history", History(from.rollout)},
                   {"observed", Observed(facts, from.now)},
                   {"overrides", Overrides(facts, from.now)},
                   {"reviews", Reviews(facts, from.now)},
                   {"meters", std::move(meters)},
                   {"counts", Counts(from.metrics)},
                   {"observedByRule", ByRule(from.recent.observed())},
                   {"shadowByRule", ByRule(from.recent.shadow())}};
  out["refused"] = nullptr;
  if (!from.source.problem().empty()) out["refused"] = from.source.problem();
  out["decisionLog"] = json::Object{{"file", from.log.path()},
                                    {"problem", from.log.problem()},
                                    {"lines", from.log.lines()},
                                    {"lost", from.log.lost()}};
  json::Array texts;
  for (const policy::SourceText& text : present.texts) {
    texts.push_back(json::Object{{"file", text.name}, {"text", text.text}});
  }
  out["texts"] = std::move(texts);
  return out;
}

}  // namespace herald::app
