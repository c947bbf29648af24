// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/record.h"

#include <ctime>
#include <optional>

#include "core/json/json.h"

namespace herald::call {
namespace {

// Builds one line: keys in the order given, no intermediate tree.
class Line {
 public:
  // Most whole lines fit in kWhole, what is nested in one in kPart.
  static constexpr size_t kWhole = 1024;
  static constexpr size_t kPart = 192;

  explicit Line(size_t room = kPart) {
    text_.reserve(room);
    text_ = "{";
  }

  void Text(std::string_view key, std::string_view value) {
    Key(key);
    json::AppendQuoted(text_, value);
  }
  void Maybe(std::string_view key, const std::optional<std::string>& value) {
    if (value) Text(key, *value);
  }
  void Number(std::string_view key, uint64_t value) {
    Key(key);
    text_ += std::to_string(value);
  }
  template <typename Strings>
  void List(std::string_view key, const Strings& values) {
    Key(key);
    text_ += '[';
    const char* separator = "";
    for (const auto& value : values) {
      text_ += separator;
      json::AppendQuoted(text_, value);
      separator = ",";
    }
    text_ += ']';
  }
  void Raw(std::string_view key, std::string_view value) {
    Key(key);
    text_ += value;
  }
  std::string Take() { return std::move(text_ += '}'); }

 private:
  void Key(std::string_view key) {
    text_.append(text_.size() > 1 ? ",\"" : "\"");
    text_.append(key).append("\":");
  }
  std::string text_;
};

void PutDigits(char* at, int count, int64_t value) {
  for (int i = count - 1; i >= 0; --i, value /= 10) {
    at[i] = static_cast<char>('0' + value % 10);
  }
}

// As policies write it.
std::string RenderDuration(Duration duration) {
  auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(duration);
  return std::to_string(whole.count()) + "ms";
}

std::string RenderNode(const policy::Node& node) {
  Line line;
  line.Text("role", node.relay ? "relay" : "peer");
  if (node.relay) line.Raw("terminates", node.terminates ? "true" : "false");
  const Site& site = *node.site;
  if (site.country) line.Text("country", site.country->ToString());
  if (site.tier) line.Text("tier", ToString(*site.tier));
  line.Maybe("operator", site.operator_name);
  if (site.operator_control) {
    std::vector<std::string> control;
    for (Country country : *site.operator_control) {
      control.push_back(country.ToString());
    }
    line.List("operatorControl", control);
  }
  if (site.assurance) line.List("assurance", *site.assurance);
  if (site.attestation) line.Text("attestation", ToString(*site.attestation));
  if (site.retention) {
    line.Text("retention", RenderDuration(*site.retention));
  }
  return line.Take();
}

std::string RenderProcess(const PeerCredentials& process) {
  Line line;
  line.Number("pid", static_cast<uint64_t>(process.pid));
  line.Number("uid", process.uid);
  line.Number("gid", process.gid);
  return line.Take();
}

std::string RenderPath(std::span<const policy::Node> path) {
  std::string out = "[";
  for (const policy::Node& node : path) {
    if (out.size() > 1) out += ',';
    out += RenderNode(node);
  }
  return out + "]";
}

std::string RenderObligations(const policy::Obligations& obligations) {
  Line line;
  using Audit = policy::Obligations::Audit;
  if (obligations.audit != Audit::kNone) {
    line.Text("audit", obligations.audit == Audit::kFull ? "full" : "digest");
  }
  if (obligations.encrypt_end_to_end) line.Text("encrypt", "endToEnd");
  if (obligations.retain) {
    line.Text("retain", RenderDuration(*obligations.retain));
  }
  if (!obligations.meters.empty()) line.List("meter", obligations.meters);
  return line.Take();
}

std::string RenderShadow(const policy::Decision& shadow) {
  Line line;
  line.Text("verdict", policy::ToString(shadow.verdict));
  line.List("rules", shadow.rules);
  return line.Take();
}

// Who asked for what, about which data.
void AddCall(Line& line, const CallFacts& call) {
  line.Text("caller", call.caller);
  line.Maybe("namespace", call.caller_namespace);
  if (call.process) line.Raw("process", RenderProcess(*call.process));
  line.Text("agent", call.agent);
  line.Maybe("skill", call.skill);
  line.List("labels", call.labels);
  line.Maybe("purpose", call.purpose);
  line.Maybe("legalBasis", call.legal_basis);
  line.List("endorsements", call.endorsements);
  if (!call.dropped.empty()) line.List("endorsementsDropped", call.dropped);
}

// What policy said, and why.
void AddVerdict(Line& line, const DecisionRecord& record) {
  const policy::Decision& decision = *record.decision;
  line.Text("verdict", policy::ToString(decision.verdict));
  line.Text("code", policy::ToString(decision.code));
  line.List("rules", decision.rules);
  if (!decision.unpermitted.empty()) {
    line.List("unpermitted", decision.unpermitted);
  }
  if (!decision.reason.empty()) line.Text("reason", decision.reason);
  if (!record.failed.empty()) line.List("failed", record.failed);
  if (decision.observed) line.Raw("observed", "true");
  if (!decision.overrides.empty()) line.List("overrides", decision.overrides);
  if (record.shadow) line.Raw("shadow", RenderShadow(*record.shadow));
  line.Raw("obligations", RenderObligations(decision.obligations));
}

}  // namespace

std::string RenderTime(WallTime at) {
  using namespace std::chrono;
  auto since = duration_cast<microseconds>(at.time_since_epoch()).count();
  std::time_t whole = since / 1'000'000;
  std::tm parts = {};
  gmtime_r(&whole, &parts);
  // Twice a recorded call, so without the detour by way of snprintf.
  std::string text = "0000-00-00T00:00:00.000000Z";
  PutDigits(&text[0], 4, parts.tm_year + 1900);
  PutDigits(&text[5], 2, parts.tm_mon + 1);
  PutDigits(&text[8], 2, parts.tm_mday);
  PutDigits(&text[11], 2, parts.tm_hour);
  PutDigits(&text[14], 2, parts.tm_min);
  PutDigits(&text[17], 2, parts.tm_sec);
  PutDigits(&text[20], 6, since % 1'000'000);
  return text;
}

std::string RenderDecision(const DecisionRecord& record) {
  Line line(Line::kWhole);
  line.Text("time", RenderTime(record.at));
  line.Text("event", "decision");
  line.Text("side", record.side);
  line.Text("node", record.node);
  line.Text("call", record.call->id);
  line.Number("attempt", record.attempt);
  AddCall(line, *record.call);
  line.Text("peer", record.peer);
  line.Raw("path", RenderPath(record.path));
  AddVerdict(line, record);
  line.Text("policy", record.policy_hash);
  return line.Take();
}

std::string RenderOutcome(const OutcomeRecord& record) {
  Line line(Line::kWhole / 2);
  line.Text("time", RenderTime(record.at));
  line.Text("event", "outcome");
  line.Text("side", record.side);
  line.Text("node", record.node);
  line.Text("call", record.call_id);
  line.Number("attempt", record.attempt);
  line.Text("peer", record.peer);
  line.Text("outcome", record.outcome);
  if (record.status != 0) {
    line.Number("status", static_cast<uint64_t>(record.status));
  }
  if (!record.rules.empty()) line.List("rules", record.rules);
  line.Number("bytesOut", record.bytes_out);
  line.Number("bytesIn", record.bytes_in);
  auto took =
      std::chrono::duration_cast<std::chrono::microseconds>(record.took);
  line.Number("us", static_cast<uint64_t>(took.count()));
  return line.Take();
}

std::string RenderGap(WallTime at, std::string_view node, uint64_t lost) {
  Line line;
  line.Text("time", RenderTime(at));
  line.Text("event", "gap");
  line.Text("node", node);
  line.Number("lost", lost);
  return line.Take();
}

}  // namespace herald::call
