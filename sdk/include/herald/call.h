// SPDX-License-Identifier: Apache-2.0
//
// What a call is made with and what comes back. Values only: copy them, keep
// them, hand them between threads. Nothing here throws but for std::bad_alloc.
//
// The answer to "did it work?" is Reply::ok(). Where it did not, `outcome` says
// which of few things happened, each of which asks for a different next step;
// `problem` says why in words, as the sidecar gave them.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace herald {

class InboundCall;  // server.h

enum class Outcome {
  kOk,                  // the agent answered with a status below 400
  kAgentError,          // the agent itself answered with 400 or above
  kDenied,              // policy permits no living peer; see problem.rules
  kWithheld,            // done, but policy keeps the answer from us
  kUnknownAgent,        // no agent of that name is known
  kNoPeer,              // known, but no peer that serves it is alive
  kOverloaded,          // try again later; nothing was done
  kDeadline,            // options.timeout ran out; it may have been done
  kOutcomeUnknown,      // sent, then lost; it may have been done
  kBadAgent,            // the agent's process is down or talks nonsense
  kBadReply,            // the answer is too large, or not the message asked for
  kBadRequest,          // the options cannot be sent; nothing was
  kCancelled,           // Stream::Cancel was called
  kSidecarUnreachable,  // no sidecar there; nothing was sent
};

// "ok", "denied", "unknown-agent"...: the word of the problem type.
std::string_view ToString(Outcome outcome);

struct Header {
  std::string name;  // case does not matter
  std::string value;
};
using HeaderList = std::vector<Header>;

// The first value of that name, "" where there is none. The view lives as long
// as `headers` is not changed.
std::string_view FindHeader(const HeaderList& headers, std::string_view name);

// Why a call did not come back with an answer (RFC 9457).
struct Problem {
  std::string type;
  std::string title;
  std::string detail;              // a sentence for people
  std::vector<std::string> rules;  // kDenied: policy/rule, those that decided
  std::string nearest_peer;        // kDenied: the peer that came closest ...
  std::vector<std::string> nearest_failed;  // ... and what it lacked
};

struct Reply {
  Outcome outcome = Outcome::kOk;
  int status = 0;       // of HTTP; 0 where no answer came
  HeaderList headers;   // names in lower case
  std::string body;     // empty for streams
  std::string call_id;  // names this call in logs; "" where no sidecar spoke
  std::string peer;     // who served it
  Problem problem;      // empty when ok()

  bool ok() const { return outcome == Outcome::kOk; }
};

// A Reply whose body is a protobuf message. REQUIRES of M: protobuf's
// ParseFromArray; `message` is meaningful only when ok().
template <typename M>
struct MessageReply : Reply {
  M message;
};

// How a call is to be made. Everything has a default.
struct CallOptions {
  std::string method = "POST";
  std::string path = "/";  // as the agent shall see it, with its query
  std::string content_type = "application/octet-stream";
  HeaderList headers;  // of yours; herald-* ones come from the fields below

  // For the whole call, connecting included; 0 means none. The sidecars are
  // told, and it holds here whatever they do.
  std::chrono::milliseconds timeout{0};

  std::vector<std::string> labels;        // what the data is: "personal"
  std::string purpose;                    // what it is for: "support"
  std::string legal_basis;                // "consent"
  std::vector<std::string> endorsements;  // "pan-tokenised"
  std::string skill;     // which of the agent's skills is asked for
  std::string affinity;  // calls of one key go to one peer while it can

  // The handle of the call this one is part of: its labels come along.
  std::string parent;
  CallOptions& on_behalf_of(const InboundCall& call);

  // A second try cannot hurt, whatever the method (GET, HEAD, OPTIONS, PUT and
  // DELETE are taken to be so). Concerns this process and its sidecar only.
  bool idempotent = false;
};

}  // namespace herald
