// SPDX-License-Identifier: Apache-2.0
#include "sdk/src/outcome.h"

#include <algorithm>
#include <cctype>
#include <optional>

#include "core/json/json.h"

namespace herald {
namespace {

struct Word {
  Outcome outcome;
  std::string_view text;
};

// The last segments of the sidecar's problem types, and words of our own for
// the outcomes that no sidecar tells.
constexpr Word kWords[] = {
    {Outcome::kOk, "ok"},
    {Outcome::kAgentError, "agent-error"},
    {Outcome::kDenied, "denied"},
    {Outcome::kWithheld, "response-withheld"},
    {Outcome::kUnknownAgent, "unknown-agent"},
    {Outcome::kNoPeer, "no-peer"},
    {Outcome::kOverloaded, "overloaded"},
    {Outcome::kDeadline, "deadline"},
    {Outcome::kOutcomeUnknown, "outcome-unknown"},
    {Outcome::kOutcomeUnknown, "broken"},  // the answer broke off
    {Outcome::kBadAgent, "bad-agent"},
    {Outcome::kBadReply, "bad-reply"},
    {Outcome::kBadRequest, "bad-request"},
    {Outcome::kCancelled, "cancelled"},
    {Outcome::kSidecarUnreachable, "sidecar-unreachable"},
};

bool SameName(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) {
                      return std::tolower(x) == std::tolower(y);
                    });
}

}  // namespace

std::string_view ToString(Outcome outcome) {
  for (const Word& word : kWords) {
    if (word.outcome == outcome) return word.text;
  }
  return "unknown";
}

std::string_view FindHeader(const HeaderList& headers, std::string_view name) {
  for (const Header& header : headers) {
    if (SameName(header.name, name)) return header.value;
  }
  return {};
}

namespace sdk {
namespace {

std::vector<std::string> Strings(const json::Object& object,
                                 std::string_view key) {
  std::vector<std::string> out;
  const json::Value* value = object.if_contains(json::View(key));
  if (value == nullptr || !value->is_array()) return out;
  for (const json::Value& element : value->get_array()) {
    if (!element.is_string()) continue;
    const auto& text = element.get_string();
    out.emplace_back(text.data(), text.size());
  }
  return out;
}

void TakeProblem(const json::Object& document, Problem* problem) {
  auto text = [&](std::string_view key) {
    return json::GetString(document, key).value_or("");
  };
  problem->type = text("type");
  problem->title = text("title");
  problem->detail = text("detail");
  problem->rules = Strings(document, "rules");
  const json::Value* nearest = document.if_contains("nearest");
  if (nearest != nullptr && nearest->is_object()) {
    const json::Object& object = nearest->get_object();
    problem->nearest_peer = json::GetString(object, "peer").value_or("");
    problem->nearest_failed = Strings(object, "failed");
  }
}

// nullopt for a type that is no word of the sidecar's.
std::optional<Outcome> OutcomeOfType(std::string_view type) {
  std::string_view word = type.substr(type.find_last_of("/:#") + 1);
  for (const Word& known : kWords) {
    if (known.text == word) return known.outcome;
  }
  return std::nullopt;
}

}  // namespace

void TakeHead(const http::ResponseHead& head, Reply* reply) {
  reply->status = head.status;
  reply->headers.clear();
  for (http::Field field : head.headers) {
    reply->headers.push_back(
        {std::string(field.name), std::string(field.value)});
  }
  reply->call_id = FindHeader(reply->headers, "herald-call-id");
  reply->peer = FindHeader(reply->headers, "herald-peer");
}

void Conclude(Reply* reply) {
  reply->outcome = Outcome::kOk;
  if (reply->status < 400) return;
  reply->outcome = Outcome::kAgentError;
  reply->problem.detail = "the agent answered " + std::to_string(reply->status);
  std::string_view type = FindHeader(reply->headers, "content-type");
  if (type.substr(0, 24) != "application/problem+json") return;
  std::optional<json::Value> document = json::Parse(reply->body);
  if (!document || !document->is_object()) return;
  TakeProblem(document->get_object(), &reply->problem);
  // An agent may answer problems of its own; the sidecar's bear a call id.
  if (!json::GetString(document->get_object(), "callId")) return;
  auto outcome = OutcomeOfType(reply->problem.type);
  if (outcome && *outcome != Outcome::kOk) reply->outcome = *outcome;
}

void Fail(Outcome outcome, const std::string& detail, Reply* reply) {
  reply->outcome = outcome;
  reply->problem = Problem();
  reply->problem.detail = detail;
}

void ConcludeReset(http::Reset reason, bool answering, Reply* reply) {
  if (answering) {
    return Fail(Outcome::kOutcomeUnknown, "the answer was cut short", reply);
  }
  switch (reason) {
    case http::Reset::kNotSent:
      return Fail(Outcome::kSidecarUnreachable,
                  "the sidecar closed the connection before the call was sent",
                  reply);
    case http::Reset::kRefused:
      return Fail(Outcome::kOverloaded, "the sidecar refused the call", reply);
    case http::Reset::kProtocol:
      return Fail(Outcome::kBadReply, "what came back is not HTTP", reply);
    case http::Reset::kTooBig:
      return Fail(Outcome::kBadReply, "the answer's headers are too large",
                  reply);
    case http::Reset::kCancelled:
    case http::Reset::kLost:
    case http::Reset::kInternal:
      return Fail(Outcome::kOutcomeUnknown,
                  "the connection to the sidecar ended before an answer came",
                  reply);
  }
}

}  // namespace sdk
}  // namespace herald
