// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/call_story.h"

#include <algorithm>
#include <cstdio>
#include <string_view>
#include <utility>

#include "sidecar/cli/decision_lines.h"

namespace herald::cli {
namespace {

constexpr size_t kShownHash = 12;

std::string TextAt(const json::Object& line, std::string_view key) {
  return Disarmed(TextOf(line, key));
}

std::vector<std::string> ListAt(const json::Object& line,
                                std::string_view key) {
  std::vector<std::string> list = ListOf(line, key);
  for (std::string& text : list) text = Disarmed(std::move(text));
  return list;
}

std::string Join(const std::vector<std::string>& texts, const char* between) {
  std::string out;
  for (const std::string& text : texts) {
    out += (out.empty() ? "" : between) + text;
  }
  return out;
}

bool IsDecision(const json::Object& line) {
  return TextAt(line, "event") == "decision";
}

// An end that policy made: the callee's word, or a policy that changed.
bool IsRefusal(const json::Object& line) {
  std::string outcome = TextAt(line, "outcome");
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
  std::string caller = TextAt(line, "caller");
  if (std::string scope = TextAt(line, "namespace"); !scope.empty()) {
    caller += " (namespace " + scope + ")";
  }
  std::vector<std::string> labels = ListAt(line, "labels");
  std::string out =
      Fact("caller", caller) + Fact("agent", TextAt(line, "agent"));
  out += Fact("skill", TextAt(line, "skill"));
  out += Fact("labels", labels.empty() ? "none" : Join(labels, ", "));
  out += Fact("purpose", TextAt(line, "purpose"));
  out += Fact("legal basis", TextAt(line, "legalBasis"));
  out += Fact("endorsed", Join(ListAt(line, "endorsements"), ", "));
  std::string dropped = Join(ListAt(line, "endorsementsDropped"), ", ");
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
    std::vector<std::string> words = {TextAt(facts, "role")};
    const json::Value* clear = facts.if_contains("terminates");
    if (clear != nullptr && *clear == json::Value(false)) {
      words[0] = "opaque " + words[0];
    }
    std::string country = TextAt(facts, "country");
    words.push_back(country.empty() ? "of unknown country" : "in " + country);
    if (auto tier = TextAt(facts, "tier"); !tier.empty()) words.push_back(tier);
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
    parts.push_back(Disarmed(std::string(key) + " " + text));
  }
  return Join(parts, ", ");
}

std::string TellShadow(const json::Object& line) {
  const json::Value* shadow = line.if_contains("shadow");
  if (shadow == nullptr || !shadow->is_object()) return "";
  const json::Object& said = shadow->get_object();
  std::string rules = Join(ListAt(said, "rules"), ", ");
  return "with the shadow policies: " + TextAt(said, "verdict") +
         (rules.empty() ? "" : " by " + rules);
}

bool IsTrue(const json::Object& line, const char* key) {
  const json::Value* value = line.if_contains(key);
  return value != nullptr && *value == json::Value(true);
}

// What policy said of one peer.
std::string TellDecision(const json::Object& line) {
  bool permitted = TextAt(line, "verdict") == "Permit";
  std::string out = "\nattempt " + std::to_string(NumberOf(line, "attempt")) +
                    ", peer " + TextAt(line, "peer") + ": " +
                    (permitted ? "permitted" : "denied");
  if (IsTrue(line, "observed")) {
    out += " because its namespace is observed; else denied";
  }
  std::string code = TextAt(line, "code");
  if (!permitted && !code.empty()) out += " (" + code + ")";
  out += "\n" + Fact("at", TextAt(line, "time"));
  std::string side = TextAt(line, "side");
  if (!side.empty()) {
    out += Fact("judged by",
                "the " + side + "'s sidecar, node " + TextAt(line, "node"));
  }
  out += Fact("path", TellPath(line));
  out += Fact("rules", Join(ListAt(line, "rules"), ", "));
  out += Fact("no permit", Join(ListAt(line, "unpermitted"), ", "));
  out += Fact("reason", TextAt(line, "reason"));
  for (const std::string& failed : ListAt(line, "failed")) {
    out += Fact("failed", failed);
  }
  out += Fact("overrides", Join(ListAt(line, "overrides"), ", "));
  out += Fact("obliged to", permitted ? TellObligations(line) : "");
  out += Fact("shadow", TellShadow(line));
  return out + Fact("policy", TextAt(line, "policy").substr(0, kShownHash));
}

std::string TellOutcome(const json::Object& line) {
  std::string out = "\nattempt " + std::to_string(NumberOf(line, "attempt")) +
                    ", peer " + TextAt(line, "peer") + ": ended " +
                    TextAt(line, "outcome");
  if (uint64_t status = NumberOf(line, "status"); status != 0) {
    out += " (status " + std::to_string(status) + ")";
  }
  char took[32];
  std::snprintf(took, sizeof took, "%.1f ms",
                static_cast<double>(NumberOf(line, "us")) / 1000);
  out += "\n" + Fact("at", TextAt(line, "time"));
  out += Fact("took", took);
  out += Fact("bytes", std::to_string(NumberOf(line, "bytesOut")) + " out, " +
                           std::to_string(NumberOf(line, "bytesIn")) + " in");
  return out + Fact("rules", Join(ListAt(line, "rules"), ", "));
}

}  // namespace

bool WasPermitted(const std::vector<json::Object>& lines) {
  bool decided = false;
  bool permitted = false;
  bool refused = false;
  for (const json::Object& line : lines) {
    if (IsDecision(line)) {
      decided = true;
      permitted |= TextAt(line, "verdict") == "Permit";
    } else {
      refused = IsRefusal(line);  // the last end is the call's
    }
  }
  return (permitted || !decided) && !refused;
}

std::string TellCall(const std::vector<json::Object>& lines) {
  std::string out = "call " + TextAt(lines[0], "call") + ": " +
                    (WasPermitted(lines) ? "permitted" : "denied") + "\n";
  auto first = std::find_if(lines.begin(), lines.end(), IsDecision);
  if (first != lines.end()) out += TellQuestion(*first);
  for (const json::Object& line : lines) {
    out += IsDecision(line) ? TellDecision(line) : TellOutcome(line);
  }
  return out;
}

}  // namespace herald::cli
