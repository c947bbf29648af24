// SPDX-License-Identifier: Apache-2.0
//
// The one gate every head and trailer section passes on its way in, whichever
// codec decoded it: HTTP/1.1, HTTP/2 and HTTP/3 feed the same builder. Request
// smuggling and header injection live from two parsers that disagree; so there
// is one, and it is strict: what is doubtful is refused, never repaired.
//
// A codec feeds fields one at a time while it decodes, and stops at the first
// error: the bounds hold during decoding, not after it.
//
//   HeadBuilder builder(Wire::kHttp2, Section::kRequest, limits);
//   for each decoded field:
//     if (builder.Add(name, value) != HeadError::kNone) -> reset the stream
//   RequestHead head;
//   if (builder.FinishRequest(head) != HeadError::kNone) -> reset the stream
//
// What never changes: a head that comes out holds no framing field, no control
// character, and at most Limits::header_bytes and header_fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/http/exchange.h"
#include "core/http/message.h"

namespace herald::http {

enum class HeadError {
  kNone,
  kTooBig,            // above Limits::header_bytes or header_fields
  kBadName,           // no lower-case token
  kMeshTwin,          // herald_x: could pass for herald-x further on
  kBadValue,          // a control character
  kBadPseudo,         // unknown, repeated, misplaced or missing
  kConnectionField,   // belongs to a connection; not in HTTP/2, 3 or trailers
  kBadConnection,     // `connection` names a field that is not of a connection
  kBadTe,             // HTTP/2 and 3 allow `trailers` only
  kBadExpect,         // anything but 100-continue
  kBadContentLength,  // repeated, or not plain digits
  kBadTransferEncoding,    // beside content-length, repeated, in HTTP/1.0
  kUnknownTransferCoding,  // not exactly `chunked`
  kBadMethod,
  kConnectMethod,  // well-formed, but no tunnels are made here
  kBadScheme,      // neither http nor https
  kBadPath,
  kBadAuthority,
  kBadHost,  // missing, repeated, or unlike the authority
  kBadStatus,
  kSwitching,  // 101: protocols are not switched here
};

// One English sentence for people, without a full stop.
std::string_view Sentence(HeadError error);

// What the other end should hear: kTooBig or kProtocol.
Reset ToReset(HeadError error);

// kHttp2 stands for both codecs with pseudo-header fields, HTTP/2 and HTTP/3.
enum class Wire { kHttp1, kHttp2 };
enum class Section { kRequest, kResponse, kTrailers };

// What HTTP/1.1 said about its connection and its framing.
struct H1Framing {
  bool chunked = false;
  bool close = false;
  bool keep_alive = false;
};

// Builds one section. A short-lived value; `limits` is copied.
class HeadBuilder {
 public:
  HeadBuilder(Wire wire, Section section, const Limits& limits);

  // The next field as decoded; pseudo-headers (":path") as well. HTTP/1.1
  // lowers names before. After an error every further call returns it too.
  HeadError Add(std::string_view name, std::string_view value);

  // HTTP/1.1 only, before the fields. `minor` is that of HTTP/1.minor.
  HeadError SetRequestLine(std::string_view method, std::string_view target,
                           int minor);
  HeadError SetStatusLine(int status, int minor);

  // The end of the section; each at most once, the one of the section.
  HeadError FinishRequest(RequestHead& head);
  HeadError FinishResponse(ResponseHead& head);
  HeadError FinishTrailers(Headers& trailers);

  HeadError error() const { return error_; }
  const H1Framing& framing() const { return framing_; }

 private:
  HeadError Fail(HeadError error);
  HeadError SetStatus(int status);
  HeadError Count(size_t bytes);
  HeadError AddPseudo(std::string_view name, std::string_view value);
  HeadError AddRequestPseudo(std::string_view name, std::string_view value);
  HeadError AddFraming(std::string_view name, std::string_view value);
  HeadError AddConnection(std::string_view value);
  HeadError AddTe(std::string_view value);
  HeadError AddContentLength(std::string_view value);
  HeadError AddTransferEncoding(std::string_view value);
  HeadError AddExpect(std::string_view value);
  HeadError SetTarget(std::string_view target);
  HeadError CheckTarget();
  HeadError CheckHost();

  const Wire wire_;
  const Section section_;
  const size_t max_bytes_;
  const size_t max_fields_;

  HeadError error_ = HeadError::kNone;
  size_t bytes_ = 0;
  size_t fields_ = 0;
  uint32_t pseudo_seen_ = 0;
  int minor_ = 1;
  int status_ = 0;
  bool transfer_encoding_seen_ = false;
  bool expect_seen_ = false;
  bool te_trailers_ = false;
  std::string method_;
  std::string scheme_;
  std::string path_;
  std::optional<std::string> authority_;
  std::optional<std::string> host_;
  std::optional<uint64_t> content_length_;
  Headers headers_;
  H1Framing framing_;
};

// Compares a body with the length its head declared, in every codec: a body
// that is shorter or longer is broken protocol, wherever its frames end.
class BodyLength {
 public:
  // At the head. A message that has no body whatever its head says (the
  // answer to HEAD, 204, 304) expects 0.
  void Expect(std::optional<uint64_t> length) { left_ = length; }

  // False when `n` more bytes are more than was declared.
  [[nodiscard]] bool Add(uint64_t n) {
    if (!left_.has_value()) return true;
    if (n > *left_) return false;
    *left_ -= n;
    return true;
  }

  // At the end of the body. False when bytes are missing.
  [[nodiscard]] bool Complete() const { return left_.value_or(0) == 0; }

  // Bytes still to come; nullopt when no length was declared.
  std::optional<uint64_t> left() const { return left_; }

 private:
  std::optional<uint64_t> left_;
};

// Interim heads (1xx) of one response. They pass without credit, so an agent
// that never stops sending them must be stopped; honest ones send one or two.
inline constexpr int kMaxInterimHeads = 100;

// Whether a response with this status to this method can have a body
// (RFC 9110 §6.4.1).
bool ResponseMayHaveBody(std::string_view method, int status);

// Names and values are clean. The serializers check each head they write with
// it, although nothing unclean can come so far.
bool IsClean(const Headers& headers);

}  // namespace herald::http
