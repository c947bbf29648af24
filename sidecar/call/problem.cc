// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/problem.h"

#include <cstdio>
#include <iterator>

#include "core/json/json.h"

namespace herald::call {
namespace {

struct Row {
  Outcome outcome;
  std::string_view type;
  std::string_view title;
  int status;
  int grpc;  // google.rpc.Code
};

constexpr Row kRows[] = {
    {Outcome::kOk, "ok", "OK", 200, 0},
    {Outcome::kDenied, "denied", "Policy denies this call", 403, 7},
    {Outcome::kResponseWithheld, "response-withheld",
     "Policy denies the response", 403, 7},
    {Outcome::kUnknownAgent, "unknown-agent", "No such agent", 404, 5},
    {Outcome::kNoPeer, "no-peer", "No living peer", 503, 14},
    {Outcome::kOverloaded, "overloaded", "Overloaded", 429, 8},
    {Outcome::kDeadline, "deadline", "Deadline passed", 504, 4},
    {Outcome::kOutcomeUnknown, "outcome-unknown",
     "Sent, and not known whether done", 502, 2},
    {Outcome::kBadAgent, "bad-agent", "The agent did not answer", 502, 14},
    {Outcome::kBadRequest, "bad-request", "Bad request", 400, 3},
    {Outcome::kCancelled, "cancelled", "Cancelled", 499, 1},
    {Outcome::kBroken, "broken", "The response broke off", 502, 14},
    {Outcome::kPolicyChanged, "policy-changed",
     "Policy changed while this call was under way", 403, 7},
    {Outcome::kAlreadyDone, "already-done",
     "Done before, and its answer was not kept", 409, 6},
    {Outcome::kKeyReused, "key-reused",
     "The idempotency key was used for another request", 422, 3},
};

const Row& RowOf(Outcome outcome) {
  return kRows[static_cast<size_t>(outcome)];
}
static_assert(std::size(kRows) == static_cast<size_t>(Outcome::kKeyReused) + 1);

// gRPC's message travels percent-encoded (gRPC over HTTP/2, Status-Message).
std::string PercentEncode(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c >= ' ' && c <= '~' && c != '%') {
      out += c;
    } else {
      char escaped[4];
      std::snprintf(escaped, sizeof escaped, "%%%02X",
                    static_cast<unsigned char>(c));
      out += escaped;
    }
  }
  return out;
}

std::string GrpcMessage(const Problem& problem, const Row& row) {
  std::string text = std::string(row.type) + ": " + problem.detail;
  for (const std::string& rule : problem.rules) text += "; rule " + rule;
  if (problem.nearest) {
    text += "; nearest " + problem.nearest->peer + " failed";
    for (const std::string& atom : problem.nearest->failed) text += " " + atom;
  }
  return text;
}

std::string Body(const Problem& problem, const Row& row) {
  json::Object out;
  out["type"] = "https://herald.dev/problems/" + std::string(row.type);
  out["title"] = json::View(row.title);
  out["status"] = row.status;
  out["detail"] = problem.detail;
  out["callId"] = problem.call_id;
  out["agent"] = problem.agent;
  json::Array rules;
  for (const std::string& rule : problem.rules) {
    rules.emplace_back(json::View(rule));
  }
  out["rules"] = std::move(rules);
  if (problem.nearest) {
    json::Array failed;
    for (const std::string& atom : problem.nearest->failed) {
      failed.emplace_back(json::View(atom));
    }
    out["nearest"] = json::Object{{"peer", problem.nearest->peer},
                                  {"failed", std::move(failed)}};
  }
  return json::Serialize(out) + "\n";
}

}  // namespace

bool IsGrpc(const http::Headers& headers) {
  auto type = headers.Get("content-type");
  constexpr std::string_view kGrpc = "application/grpc";
  return type && type->substr(0, kGrpc.size()) == kGrpc &&
         type->substr(0, kGrpc.size() + 4) != "application/grpc-web";
}

http::Headers MakeGrpcTrailers(const Problem& problem) {
  const Row& row = RowOf(problem.outcome);
  http::Headers out;
  out.Add("grpc-status", std::to_string(row.grpc));
  out.Add("grpc-message", PercentEncode(GrpcMessage(problem, row)));
  return out;
}

std::string_view ToString(Outcome outcome) { return RowOf(outcome).type; }
int HttpStatus(Outcome outcome) { return RowOf(outcome).status; }

Answer MakeAnswer(const Problem& problem, const http::RequestHead& request) {
  const Row& row = RowOf(problem.outcome);
  Answer out;
  if (!problem.call_id.empty()) {
    out.head.headers.Add("herald-call-id", problem.call_id);
  }
  if (problem.outcome == Outcome::kOverloaded) {
    out.head.headers.Add("retry-after", "1");
  }
  if (IsGrpc(request.headers)) {
    out.head.status = 200;
    out.head.headers.Add("content-type", "application/grpc");
    if (problem.outcome ==
        Outcome::kOverloaded) {  // as gRPC's own clients read
      out.head.headers.Add("grpc-retry-pushback-ms", "1000");
    }
    for (http::Field field : MakeGrpcTrailers(problem)) {
      out.head.headers.Add(field.name, field.value);
    }
    return out;
  }
  out.head.status = row.status;
  out.head.headers.Add("content-type", "application/problem+json");
  std::string body = Body(problem, row);
  out.head.content_length = body.size();
  if (request.method != "HEAD") out.body = std::move(body);
  return out;
}

}  // namespace herald::call
