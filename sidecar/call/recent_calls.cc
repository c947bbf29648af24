// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/recent_calls.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "policy/evaluate.h"
#include "sidecar/call/authorize.h"

namespace herald::call {
namespace {

int64_t MinuteOf(Time now) {
  return std::chrono::duration_cast<std::chrono::minutes>(
             now.time_since_epoch())
      .count();
}

// Mixes texts into one number; lengths keep "a" "b" apart from "ab".
class Mixer {
 public:
  void Add(std::string_view text) {
    Mix(std::hash<std::string_view>()(text));
    Mix(text.size());
  }
  void Add(const std::optional<std::string>& text) {
    Mix(text ? 1 : 0);
    if (text) Add(std::string_view(*text));
  }
  void Add(const std::vector<std::string>& texts) {
    Mix(texts.size());
    for (const std::string& text : texts) Add(std::string_view(text));
  }
  void Mix(uint64_t value) {
    hash_ = (hash_ ^ value) * 0x9e3779b97f4a7c15u;
    hash_ ^= hash_ >> 29;
  }
  uint64_t hash() const { return hash_; }

 private:
  uint64_t hash_ = 0;
};

uint64_t KeyOf(const CallFacts& call, bool inbound) {
  Mixer mixer;
  mixer.Mix(inbound ? 1 : 0);
  mixer.Add(std::string_view(call.caller));
  mixer.Add(call.caller_namespace);
  mixer.Add(std::string_view(call.agent));
  mixer.Add(call.skill);
  mixer.Add(call.said);
  mixer.Add(call.purpose);
  mixer.Add(call.legal_basis);
  mixer.Add(call.claimed);
  return mixer.hash();
}

// How one program decides for a class.
struct Outlook {
  bool permitted = false;
  std::string why;  // of the first refusal
};

std::string WhyOf(const policy::Decision& decision) {
  if (!decision.reason.empty()) return decision.reason;
  std::string out;
  for (std::string_view rule : decision.rules) {
    out += (out.empty() ? "" : ", ") + std::string(rule);
  }
  return out.empty() ? "no rule permits it" : out;
}

void Judge(const policy::Program& program, const policy::Call& question,
           const policy::Path& path, Outlook& out) {
  if (out.permitted) return;
  policy::Decision decision = policy::Evaluate(program, question, path);
  out.permitted = decision.allowed();
  if (!out.permitted && out.why.empty()) out.why = WhyOf(decision);
}

Outlook OutlookOf(const policy::Program& program, CallFacts call, bool inbound,
                  const Environment& env) {
  Outlook out;
  call.at = env.loop.WallNow();
  call.Settle(program);
  policy::Call question = call.ToQuestion();
  if (inbound) {
    policy::Node node{.site = &env.self.site};
    Judge(program, question,
          {.nodes = {&node, 1}, .keys_held_in = env.self.site.country}, out);
    return out;
  }
  auto snapshot = env.snapshot();
  auto peers = snapshot->Serving(call.agent);
  if (peers.empty() && env.self.endpoint != nullptr &&
      env.self.FindAgent(call.agent) != nullptr) {
    peers = {&env.self.endpoint, 1};
  }
  for (const discovery::EndpointPtr& peer : peers) {
    PathNodes nodes = PathTo(*peer, *snapshot);
    Judge(program, question,
          {.nodes = nodes, .keys_held_in = peer->site->country}, out);
  }
  return out;
}

std::string NameOf(const CallFacts& call) {
  std::string out = call.caller + " -> " + call.agent;
  if (call.skill) out += "/" + *call.skill;
  out += ", labels ";
  if (call.said.empty()) out += "none";
  for (size_t i = 0; i < call.said.size(); ++i) {
    out += (i > 0 ? " " : "") + call.said[i];
  }
  if (call.purpose) out += ", purpose " + *call.purpose;
  return out;
}

}  // namespace

void RecentCalls::Class::MoveTo(int64_t minute) {
  for (int64_t at = last_minute + 1; at <= minute; ++at) {
    if (at > last_minute + kMinutes) break;
    counts[static_cast<size_t>(at % kMinutes)] = 0;
  }
  last_minute = minute;
}

uint64_t RecentCalls::Class::CountAt(int64_t minute) const {
  uint64_t sum = 0;
  for (int64_t at = minute - kMinutes + 1; at <= last_minute; ++at) {
    if (at < 0 || at <= last_minute - kMinutes) continue;
    sum += counts[static_cast<size_t>(at % kMinutes)];
  }
  return sum;
}

void RecentCalls::Forget(int64_t minute) {
  if (minute == minute_) return;
  minute_ = minute;
  for (auto one = classes_.begin(); one != classes_.end();) {
    bool over = one->second.last_minute <= minute - kMinutes;
    one = over ? classes_.erase(one) : std::next(one);
  }
}

void RecentCalls::Note(const CallFacts& call, bool inbound, Time now) {
  const int64_t minute = MinuteOf(now);
  Forget(minute);
  const uint64_t key = KeyOf(call, inbound);
  auto found = classes_.find(key);
  if (found == classes_.end()) {
    if (classes_.size() >= kMaxClasses) return;
    found = classes_.emplace(key, Class{.call = call}).first;
    found->second.inbound = inbound;
    found->second.last_minute = minute;
  }
  found->second.MoveTo(minute);
  ++found->second.counts[static_cast<size_t>(minute % kMinutes)];
}

void RecentCalls::Count(ByRule& into,
                        const std::vector<std::string_view>& rules) {
  for (std::string_view rule : rules) {
    auto known = into.find(rule);
    if (known == into.end()) {
      if (into.size() >= kMaxClasses) continue;
      known = into.emplace(rule, 0).first;
    }
    ++known->second;
  }
}

Weighing RecentCalls::Weigh(const policy::Program& before,
                            const policy::Program& after,
                            const Environment& environment) const {
  Weighing out;
  const int64_t minute = MinuteOf(environment.loop.Now());
  for (const auto& [key, one] : classes_) {
    const uint64_t count = one.CountAt(minute);
    out.calls += count;
    if (count == 0 ||
        !OutlookOf(before, one.call, one.inbound, environment).permitted) {
      continue;
    }
    Outlook now = OutlookOf(after, one.call, one.inbound, environment);
    if (now.permitted) continue;
    out.newly_denied += count;
    out.examples.push_back({NameOf(one.call), now.why, count});
  }
  std::sort(out.examples.begin(), out.examples.end(),
            [](const auto& a, const auto& b) {
              return a.count != b.count ? a.count > b.count : a.call < b.call;
            });
  if (out.examples.size() > kMaxExamples) out.examples.resize(kMaxExamples);
  return out;
}

}  // namespace herald::call
