// SPDX-License-Identifier: Apache-2.0
#include "core/http/validate.h"

#include <utility>

#include "core/base/check.h"
#include "core/http/grammar.h"

namespace herald::http {
namespace {

constexpr uint32_t kMethodSeen = 1;
constexpr uint32_t kSchemeSeen = 2;
constexpr uint32_t kAuthoritySeen = 4;
constexpr uint32_t kPathSeen = 8;
constexpr uint32_t kStatusSeen = 16;

// RFC 9113 §6.5.2: the cost of a field besides its text.
constexpr size_t kFieldOverhead = 32;

// Whether the name would read as one of ours (herald-...) to anything that
// takes '_' for '-', as CGI and many servers do.
bool IsMeshTwin(std::string_view name) {
  constexpr std::string_view kOurs = "herald-";
  if (name.size() < kOurs.size()) return false;
  if (name.find('_') == std::string_view::npos) return false;
  for (size_t i = 0; i < kOurs.size(); ++i) {
    char c = name[i] == '_' ? '-' : name[i];
    if (c != kOurs[i]) return false;
  }
  return true;
}

// Names that a `connection` field may hold: options, and fields which belong
// to a connection anyway. Any other could make a proxy drop a field that
// someone behind it trusts.
bool IsConnectionOption(std::string_view option) {
  for (std::string_view known :
       {"close", "keep-alive", "te", "upgrade", "http2-settings",
        "proxy-connection", "transfer-encoding", "trailer"}) {
    if (EqualsIgnoringCase(option, known)) return true;
  }
  return false;
}

std::optional<int> ParseStatus(std::string_view text) {
  std::optional<uint64_t> status = ParseDecimal(text);
  if (text.size() != 3 || !status || *status < 100) return std::nullopt;
  return static_cast<int>(*status);
}

}  // namespace

std::string_view Sentence(HeadError error) {
  switch (error) {
    case HeadError::kNone:
      return "the head is well-formed";
    case HeadError::kTooBig:
      return "the header section is larger than allowed";
    case HeadError::kBadName:
      return "a field name is not a lower-case token";
    case HeadError::kMeshTwin:
      return "a field name with '_' resembles a herald- field";
    case HeadError::kBadValue:
      return "a field value holds a control character";
    case HeadError::kBadPseudo:
      return "a pseudo-header is unknown, repeated, misplaced or missing";
    case HeadError::kConnectionField:
      return "a field that belongs to a connection is not allowed here";
    case HeadError::kBadConnection:
      return "the connection field names a field that is not its own";
    case HeadError::kBadTe:
      return "the te field holds something other than trailers";
    case HeadError::kBadExpect:
      return "the expect field holds something other than 100-continue";
    case HeadError::kBadContentLength:
      return "the content-length is repeated or not a plain number";
    case HeadError::kBadTransferEncoding:
      return "the transfer-encoding is not allowed in this message";
    case HeadError::kUnknownTransferCoding:
      return "the transfer-encoding is not exactly chunked";
    case HeadError::kBadMethod:
      return "the method is not a token";
    case HeadError::kConnectMethod:
      return "CONNECT is not supported";
    case HeadError::kBadScheme:
      return "the scheme is neither http nor https";
    case HeadError::kBadPath:
      return "the path is malformed";
    case HeadError::kBadAuthority:
      return "the authority is malformed";
    case HeadError::kBadHost:
      return "the host field is missing, repeated or unlike the authority";
    case HeadError::kBadStatus:
      return "the status is not between 100 and 599";
    case HeadError::kSwitching:
      return "switching protocols is not supported";
  }
  return "";
}

Reset ToReset(HeadError error) {
  return error == HeadError::kTooBig ? Reset::kTooBig : Reset::kProtocol;
}

HeadBuilder::HeadBuilder(Wire wire, Section section, const Limits& limits)
    : wire_(wire),
      section_(section),
      max_bytes_(limits.header_bytes),
      max_fields_(limits.header_fields) {}

HeadError HeadBuilder::Fail(HeadError error) {
  if (error_ == HeadError::kNone) error_ = error;
  return error_;
}

HeadError HeadBuilder::Count(size_t bytes) {
  bytes_ += bytes + kFieldOverhead;
  if (bytes_ > max_bytes_) return Fail(HeadError::kTooBig);
  return HeadError::kNone;
}

HeadError HeadBuilder::Add(std::string_view name, std::string_view value) {
  if (error_ != HeadError::kNone) return error_;
  if (Count(name.size() + value.size()) != HeadError::kNone) return error_;
  if (!IsFieldValue(value)) return Fail(HeadError::kBadValue);
  if (!name.empty() && name[0] == ':') return AddPseudo(name, value);
  if (++fields_ > max_fields_) return Fail(HeadError::kTooBig);
  if (!IsLowerToken(name)) return Fail(HeadError::kBadName);
  if (IsMeshTwin(name)) return Fail(HeadError::kMeshTwin);
  value = Trim(value);
  if (IsFramingName(name)) return AddFraming(name, value);
  if (name == "expect" && section_ == Section::kRequest) {
    return AddExpect(value);
  }
  headers_.Add(name, value);
  return HeadError::kNone;
}

HeadError HeadBuilder::AddPseudo(std::string_view name,
                                 std::string_view value) {
  bool late = fields_ > 0;
  if (wire_ == Wire::kHttp1 || section_ == Section::kTrailers || late) {
    return Fail(HeadError::kBadPseudo);
  }
  if (section_ == Section::kRequest) return AddRequestPseudo(name, value);
  if (name != ":status" || (pseudo_seen_ & kStatusSeen) != 0) {
    return Fail(HeadError::kBadPseudo);
  }
  pseudo_seen_ |= kStatusSeen;
  std::optional<int> status = ParseStatus(value);
  if (!status) return Fail(HeadError::kBadStatus);
  return SetStatus(*status);
}

HeadError HeadBuilder::AddRequestPseudo(std::string_view name,
                                        std::string_view value) {
  uint32_t bit = name == ":method"      ? kMethodSeen
                 : name == ":scheme"    ? kSchemeSeen
                 : name == ":authority" ? kAuthoritySeen
                 : name == ":path"      ? kPathSeen
                                        : 0;
  if (bit == 0 || (pseudo_seen_ & bit) != 0) {
    return Fail(HeadError::kBadPseudo);
  }
  pseudo_seen_ |= bit;
  switch (bit) {
    case kMethodSeen:
      method_.assign(value);
      break;
    case kSchemeSeen:
      scheme_.assign(value);
      break;
    case kAuthoritySeen:
      authority_.emplace(value);
      break;
    default:
      path_.assign(value);
  }
  return HeadError::kNone;
}

HeadError HeadBuilder::SetRequestLine(std::string_view method,
                                      std::string_view target, int minor) {
  HERALD_CHECK(wire_ == Wire::kHttp1, "other codecs have pseudo-headers");
  minor_ = minor;
  method_.assign(method);
  // Counted as the pseudo-headers would be.
  if (Count(method.size() + 7) != HeadError::kNone) return error_;
  if (Count(target.size() + 5) != HeadError::kNone) return error_;
  if (!IsToken(method)) return Fail(HeadError::kBadMethod);
  if (method == "CONNECT") return Fail(HeadError::kConnectMethod);
  return SetTarget(target);
}

// Splits the absolute form, which proxies get (RFC 9112 §3.2.2).
HeadError HeadBuilder::SetTarget(std::string_view target) {
  scheme_ = "http";
  size_t mark = target.find("://");
  if (target.empty() || target[0] == '/' || mark == std::string_view::npos) {
    path_.assign(target);
    return HeadError::kNone;
  }
  LowerInto(target.substr(0, mark), scheme_);
  std::string_view rest = target.substr(mark + 3);
  size_t end = rest.find_first_of("/?#");
  authority_.emplace(rest.substr(0, end));
  if (authority_->empty()) return Fail(HeadError::kBadAuthority);
  std::string_view path =
      end == std::string_view::npos ? std::string_view() : rest.substr(end);
  if (path.empty() && method_ == "OPTIONS") {
    path_ = "*";  // RFC 9112 §3.2.4
  } else {
    path_ = path.empty() || path[0] != '/' ? "/" : "";
    path_ += path;
  }
  return HeadError::kNone;
}

HeadError HeadBuilder::SetStatusLine(int status, int minor) {
  HERALD_CHECK(wire_ == Wire::kHttp1, "other codecs have pseudo-headers");
  minor_ = minor;
  if (Count(10) != HeadError::kNone) return error_;  // as ":status"
  return SetStatus(status);
}

HeadError HeadBuilder::SetStatus(int status) {
  if (status < 100 || status > 599) return Fail(HeadError::kBadStatus);
  if (status == 101) return Fail(HeadError::kSwitching);
  status_ = status;
  return HeadError::kNone;
}

HeadError HeadBuilder::AddFraming(std::string_view name,
                                  std::string_view value) {
  if (section_ == Section::kTrailers) {
    return Fail(HeadError::kConnectionField);
  }
  if (name == "content-length") return AddContentLength(value);
  if (name == "te") return AddTe(value);
  if (name == "host") {
    if (section_ != Section::kRequest || host_.has_value()) {
      return Fail(HeadError::kBadHost);
    }
    host_.emplace(value);
    return HeadError::kNone;
  }
  // An offer to switch HTTP/1.1 to HTTP/2, harmless where nobody takes it.
  if (name == "http2-settings") return HeadError::kNone;
  if (wire_ != Wire::kHttp1) return Fail(HeadError::kConnectionField);
  if (name == "connection") return AddConnection(value);
  if (name == "transfer-encoding") return AddTransferEncoding(value);
  return HeadError::kNone;  // keep-alive, proxy-connection, upgrade: dropped
}

HeadError HeadBuilder::AddConnection(std::string_view value) {
  while (!value.empty()) {
    std::string_view option = NextElement(value);
    if (option.empty()) continue;
    if (!IsConnectionOption(option)) return Fail(HeadError::kBadConnection);
    framing_.close |= EqualsIgnoringCase(option, "close");
    framing_.keep_alive |= EqualsIgnoringCase(option, "keep-alive");
  }
  return HeadError::kNone;
}

HeadError HeadBuilder::AddTe(std::string_view value) {
  if (section_ == Section::kResponse) return Fail(HeadError::kBadTe);
  if (wire_ == Wire::kHttp2) {
    if (!EqualsIgnoringCase(value, "trailers")) return Fail(HeadError::kBadTe);
    te_trailers_ = true;
    return HeadError::kNone;
  }
  // HTTP/1.1 may list codings as well. We announce none of them further on.
  while (!value.empty()) {
    te_trailers_ |= EqualsIgnoringCase(NextElement(value), "trailers");
  }
  return HeadError::kNone;
}

HeadError HeadBuilder::AddContentLength(std::string_view value) {
  std::optional<uint64_t> length = ParseDecimal(value);
  if (content_length_.has_value() || !length) {
    return Fail(HeadError::kBadContentLength);
  }
  if (transfer_encoding_seen_) return Fail(HeadError::kBadTransferEncoding);
  content_length_ = length;
  return HeadError::kNone;
}

HeadError HeadBuilder::AddTransferEncoding(std::string_view value) {
  bool repeated = transfer_encoding_seen_;
  transfer_encoding_seen_ = true;
  if (repeated || content_length_.has_value() || minor_ == 0) {
    return Fail(HeadError::kBadTransferEncoding);
  }
  if (!EqualsIgnoringCase(value, "chunked")) {
    return Fail(HeadError::kUnknownTransferCoding);
  }
  framing_.chunked = true;
  return HeadError::kNone;
}

HeadError HeadBuilder::AddExpect(std::string_view value) {
  if (expect_seen_ || !EqualsIgnoringCase(value, "100-continue")) {
    return Fail(HeadError::kBadExpect);
  }
  expect_seen_ = true;
  return HeadError::kNone;
}

HeadError HeadBuilder::CheckTarget() {
  if (wire_ == Wire::kHttp2) {
    if ((pseudo_seen_ & kMethodSeen) == 0) return Fail(HeadError::kBadPseudo);
    if (!IsToken(method_)) return Fail(HeadError::kBadMethod);
    if (method_ == "CONNECT") return Fail(HeadError::kConnectMethod);
    constexpr uint32_t kRequired = kSchemeSeen | kPathSeen;
    if ((pseudo_seen_ & kRequired) != kRequired) {
      return Fail(HeadError::kBadPseudo);
    }
  }
  if (scheme_ != "http" && scheme_ != "https") {
    return Fail(HeadError::kBadScheme);
  }
  bool asterisk = path_ == "*" && method_ == "OPTIONS";
  if (!asterisk && !IsOriginForm(path_)) return Fail(HeadError::kBadPath);
  return HeadError::kNone;
}

HeadError HeadBuilder::CheckHost() {
  bool needed = wire_ == Wire::kHttp1 && minor_ >= 1;  // RFC 9112 §3.2
  if (needed && !host_.has_value()) return Fail(HeadError::kBadHost);
  if (authority_.has_value() && host_.has_value() &&
      !EqualsIgnoringCase(*authority_, *host_)) {
    return Fail(HeadError::kBadHost);
  }
  if (!authority_.has_value()) authority_ = std::move(host_);
  bool named = authority_.has_value() && !authority_->empty();
  if (named && !IsAuthority(*authority_)) {
    return Fail(HeadError::kBadAuthority);
  }
  return HeadError::kNone;
}

HeadError HeadBuilder::FinishRequest(RequestHead& head) {
  HERALD_CHECK(section_ == Section::kRequest, "the section is another");
  if (error_ != HeadError::kNone) return error_;
  if (CheckTarget() != HeadError::kNone) return error_;
  if (CheckHost() != HeadError::kNone) return error_;
  head.method = std::move(method_);
  head.scheme = std::move(scheme_);
  head.authority = authority_.has_value() ? std::move(*authority_) : "";
  head.path = std::move(path_);
  head.headers = std::move(headers_);
  head.content_length = content_length_;
  // HTTP/1.0 knows no interim responses (RFC 9110 §10.1.1).
  head.expects_continue = expect_seen_ && minor_ >= 1;
  head.trailers_ok = te_trailers_;
  return HeadError::kNone;
}

HeadError HeadBuilder::FinishResponse(ResponseHead& head) {
  HERALD_CHECK(section_ == Section::kResponse, "the section is another");
  if (error_ != HeadError::kNone) return error_;
  if (status_ == 0) return Fail(HeadError::kBadPseudo);
  bool never_a_body = status_ < 200 || status_ == 204;
  if (never_a_body && transfer_encoding_seen_) {
    return Fail(HeadError::kBadTransferEncoding);
  }
  head.status = status_;
  head.headers = std::move(headers_);
  // Meaningless there (RFC 9110 §8.6), and some servers send 0.
  head.content_length = never_a_body ? std::nullopt : content_length_;
  return HeadError::kNone;
}

HeadError HeadBuilder::FinishTrailers(Headers& trailers) {
  HERALD_CHECK(section_ == Section::kTrailers, "the section is another");
  if (error_ != HeadError::kNone) return error_;
  trailers = std::move(headers_);
  return HeadError::kNone;
}

bool ResponseMayHaveBody(std::string_view method, int status) {
  return method != "HEAD" && status >= 200 && status != 204 && status != 304;
}

bool IsClean(const Headers& headers) {
  for (Field field : headers) {
    if (!IsLowerToken(field.name) || !IsFieldValue(field.value)) return false;
  }
  return true;
}

}  // namespace herald::http
