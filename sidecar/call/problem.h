// SPDX-License-Identifier: Apache-2.0
//
// The answers Herald gives by itself: problem documents (RFC 9457), or, for a
// gRPC request, a trailers-only status with the same text. The table is the
// product's contract: `type` ends in a fixed word that clients switch on.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/message.h"

namespace herald::call {

enum class Outcome {
  kOk,
  kDenied,            // policy denies every living peer
  kResponseWithheld,  // policy denies the response's labels the way back
  kUnknownAgent,
  kNoPeer,
  kOverloaded,
  kDeadline,
  kOutcomeUnknown,  // sent, not known whether done
  kBadAgent,        // the agent itself is down or talks nonsense
  kBadRequest,
  kCancelled,      // the client left
  kBroken,         // the response broke off after it had begun
  kPolicyChanged,  // a Forbid newly matches a call that was under way
  kAlreadyDone,    // an idempotency key again, and its answer was not kept
  kKeyReused,      // an idempotency key again, for another request
};
std::string_view ToString(Outcome outcome);  // "no-peer", as `type` ends
int HttpStatus(Outcome outcome);

struct Problem {
  struct Nearest {
    std::string peer;
    std::vector<std::string> failed;
  };
  Outcome outcome = Outcome::kBadRequest;
  std::string detail;
  std::string call_id;
  std::string agent;
  std::vector<std::string> rules;
  std::optional<Nearest> nearest;
};

struct Answer {
  http::ResponseHead head;
  std::string body;
};

// Whether the message that bears these is of gRPC, gRPC-Web not counted.
bool IsGrpc(const http::Headers& headers);

// The same as the end of a gRPC response that has begun.
http::Headers MakeGrpcTrailers(const Problem& problem);

// The answer to `request` (gRPC when its content-type says so; no body for
// HEAD).
Answer MakeAnswer(const Problem& problem, const http::RequestHead& request);

}  // namespace herald::call
