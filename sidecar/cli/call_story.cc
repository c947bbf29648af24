// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/call_story.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "sidecar/cli/decision_lines.h"

namespace herald::cli {
namespace {

constexpr size_t kShownHash = 12;

std::string Join(const std::vector<std::string>& texts, const char* between) {
  std::string out;
  for (const std::string& text : texts) {
    out += (out.empty() ? "" : between) + text;
  }
  return out;
}

bool IsDecision(const json::Object& line) {
  return TextOf(line, "event") == "decision";
}

// An end that policy made: the callee's word, or a policy that changed.
bool IsRefusal(const json::Object& line) {
  std::string outcome = TextOf(line, "outcome");
  return outcome == "denied" || outcome == "response-withheld" ||
         outcome == "policy-changed";
}

// "  labels     personal\n"; nothing where there is nothing.
std::string Fact(std::string name, const std::string& value) {
  if (value.empty()) return "";
  name.resize(12, ' ');
  return "  " + name + value + "\n";
}

std::string TellQuestion(const json::Object& line) {
  std::string caller = TextOf(line, "caller");
  if (std::string scope = TextOf(line, "namespace"); !scope.empty()) {
    caller += " (namespace " + scope + ")";
  }
  std::vector<std::string> labels = ListOf(line, "labels");
  std::string out =
      Fact("caller", caller) + Fact("agent", TextOf(line, "agent"));
  out += Fact("skill", TextOf(line, "skill"));
  out += Fact("labels", labels.empty() ? "none" : Join(labels, ", "));
  out += Fact("purpose", TextOf(line, "purpose"));
  out += Fact("legal basis", TextOf(line, "legalBasis"));
  out += Fact("endorsed", Join(ListOf(line, "endorsements"), ", "));
  std::string dropped = Join(ListOf(line, "endorsementsDropped"), ", ");
  if (!dropped.empty()) {
    out += Fact("not counted", "endorsements " + dropped +
                                   ": the caller is no authority for them");
  }
  return out;
}

// "relay HK Cloud, peer DE FarEdge"
std::string TellPath(const json::Object& line) {
  const json::Value* path = line.if_contains("path");
  if (path == nullptr || !path->is_array()) return "";
  std::vector<std::string> stops;
  for (const json::Value& node : path->get_array()) {
    if (!node.is_object()) continue;
    const json::Object& facts = node.get_object();
    std::vector<std::string> words = {TextOf(facts, "role")};
    const json::Value* clear = facts.if_contains("terminates");
    if (clear != nullptr && *clear == json::Value(false)) {
      words[0] = "opaque " + words[0];
    }
    std::string country = TextOf(facts, "country");
    words.push_back(country.empty() ? "of unknown country" : "in " + country);
    if (auto tier = TextOf(facts, "tier"); !tier.empty()) words.push_back(tier);
    stops.push_back(Join(words, " "));
  }
  return Join(stops, ", then ");
}

std::string TellObligations(const json::Object& line) {
  const json::Value* obligations = line.if_contains("obligations");
  if (obligations == nullptr || !obligations->is_object()) return "";
  std::vector<std::string> parts;
  for (const auto& [key, value] : obligations->get_object()) {
    std::string text = value.is_string() ? std::string(value.get_string())
                                         : json::Serialize(value);
    parts.push_back(std::string(key) + " " + text);
  }
  return Join(parts, ", ");
}

std::string TellShadow(const json::Object& line) {
  const json::Value* shadow = line.if_contains("shadow");
  if (shadow == nullptr || !shadow->is_object()) return "";
  const json::Object& said = shadow->get_object();
  std::string rules = Join(ListOf(said, "rules"), ", ");
  return "with the shadow policies: " + TextOf(said, "verdict") +
         (rules.empty() ? "" : " by " + rules);
}

bool IsTrue(const json::Object& line, const char* key) {
  const json::Value* value = line.if_contains(key);
  return value != nullptr && *value == json::Value(true);
}

// What policy said of one peer.
std::string TellDecision(const json::Object& line) {
  bool permitted = TextOf(line, "verdict") == "Permit";
  std::string out = "\nattempt " + std::to_string(NumberOf(line, "attempt")) +
                    ", peer " + TextOf(line, "peer") + ": " +
                    (permitted ? "permitted" : "denied");
  if (IsTrue(line, "observed")) {
    out += " because its namespace is observed; else denied";
  }
  std::string code = TextOf(line, "code");
  if (!permitted && !code.empty()) out += " (" + code + ")";
  out += "\n" + Fact("at", TextOf(line, "time"));
  std::string side = TextOf(line, "side");
  if (!side.empty()) {
    out += Fact("judged by",
                "the " + side + "'s sidecar, node " + TextOf(line, "node"));
  }
  out += Fact("path", TellPath(line));
  out += Fact("rules", Join(ListOf(line, "rules"), ", "));
  out += Fact("no permit", Join(ListOf(line, "unpermitted"), ", "));
  out += Fact("reason", TextOf(line, "reason"));
  for (const std::string& failed : ListOf(line, "failed")) {
    out += Fact("failed", failed);
  }
  out += Fact("overrides", Join(ListOf(line, "overrides"), ", "));
  out += Fact("obliged to", permitted ? TellObligations(line) : "");
  out += Fact("shadow", TellShadow(line));
  return out + Fact("policy", TextOf(line, "policy").substr(0, kShownHash));
}

std::string TellOutcome(const json::Object& line) {
  std::string out = "\nattempt " + std::to_string(NumberOf(line, "attempt")) +
                    ", peer " + TextOf(line, "peer") + ": ended " +
                    TextOf(line, "outcome");
  if (uint64_t status = NumberOf(line, "status"); status != 0) {
    out += " (status " + std::to_string(status) + ")";
  }
  char took[32];
  std::snprintf(took, sizeof took, "%.1f ms",
                static_cast<double>(NumberOf(line, "us")) / 1000);
  out += "\n" + Fact("at", TextOf(line, "time"));
  out += Fact("took", took);
  out += Fact("bytes", std::to_string(NumberOf(line, "bytesOut")) + " out, " +
                           std::to_string(NumberOf(line, "bytesIn")) + " in");
  return out + Fact("rules", Join(ListOf(line, "rules"), ", "));
}

}  // namespace

bool WasPermitted(const std::vector<json::Object>& lines) {
  bool decided = false;
  bool permitted = false;
  bool refused = false;
  for (const json::Object& line : lines) {
    if (IsDecision(line)) {
      decided = true;
      permitted |= TextOf(line, "verdict") == "Permit";
    } else {
      refused = IsRefusal(line);  // the last end is the call's
    }
  }
  return (permitted || !decided) && !refused;
}

std::string TellCall(const std::vector<json::Object>& lines) {
  std::string out = "call " + TextOf(lines[0], "call") + ": " +
                    (WasPermitted(lines) ? "permitted" : "denied") + "\n";
  auto first = std::find_if(lines.begin(), lines.end(), IsDecision);
  if (first != lines.end()) out += TellQuestion(*first);
  for (const json::Object& line : lines) {
    out += IsDecision(line) ? TellDecision(line) : TellOutcome(line);
  }
  return out;
}

}  // namespace herald::cli
