// SPDX-License-Identifier: Apache-2.0
#include "core/http/h1_head.h"

#include <algorithm>
#include <string>

#include "boost/beast/http/basic_parser.hpp"
#include "core/http/grammar.h"

namespace herald::http {
namespace {

namespace beast = boost::beast;

// RFC 9112 §3 asks for 8000 bytes at least.
constexpr size_t kMaxStartLine = 16 * 1024;

std::string_view View(beast::string_view text) {
  return {text.data(), text.size()};
}

// Beast's parser, telling a HeadBuilder what it reads. Lives for one head.
template <bool kIsRequest>
class BeastHead : public beast::http::basic_parser<kIsRequest> {
 public:
  explicit BeastHead(HeadBuilder& builder) : builder_(builder) {
    this->header_limit(UINT32_MAX);  // HeadScanner bounded it
    this->body_limit(boost::none);
  }

  int minor() const { return minor_; }

 private:
  using ErrorCode = beast::error_code;
  using BodySize = boost::optional<std::uint64_t>;

  void Take(HeadError error, ErrorCode& ec) {
    if (error != HeadError::kNone) ec = beast::http::error::bad_value;
  }

  void on_request_impl(beast::http::verb, beast::string_view method,
                       beast::string_view target, int version,
                       ErrorCode& ec) override {
    minor_ = version - 10;
    Take(builder_.SetRequestLine(View(method), View(target), minor_), ec);
  }
  void on_response_impl(int status, beast::string_view, int version,
                        ErrorCode& ec) override {
    minor_ = version - 10;
    Take(builder_.SetStatusLine(status, minor_), ec);
  }
  void on_field_impl(beast::http::field, beast::string_view name,
                     beast::string_view value, ErrorCode& ec) override {
    LowerInto(View(name), lower_);
    Take(builder_.Add(lower_, View(value)), ec);
  }
  void on_header_impl(ErrorCode&) override {}
  // Bodies are not shown to it.
  void on_body_init_impl(const BodySize&, ErrorCode&) override {}
  std::size_t on_body_impl(beast::string_view, ErrorCode&) override {
    return 0;
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view,
                            ErrorCode&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view,
                                 ErrorCode&) override {
    return 0;
  }
  void on_finish_impl(ErrorCode&) override {}

  HeadBuilder& builder_;
  int minor_ = 1;
  std::string lower_;
};

H1Fault FromBeast(const beast::error_code& error) {
  using Code = beast::http::error;
  if (error == Code::bad_content_length ||
      error == Code::multiple_content_length) {
    return MakeFault(HeadError::kBadContentLength);
  }
  if (error == Code::bad_transfer_encoding) {
    return MakeFault(HeadError::kBadTransferEncoding);
  }
  return {400, "the head is malformed"};
}

// Shows a whole head to Beast and the builder.
template <bool kIsRequest>
std::optional<H1Fault> Read(BeastHead<kIsRequest>& parser, HeadBuilder& builder,
                            std::string_view block) {
  beast::error_code error;
  size_t used =
      parser.put(boost::asio::const_buffer(block.data(), block.size()), error);
  if (builder.error() != HeadError::kNone) return MakeFault(builder.error());
  if (error) return FromBeast(error);
  if (used != block.size() || !parser.is_header_done() ||
      parser.chunked() != builder.framing().chunked) {
    return H1Fault{400, "the head is malformed"};
  }
  return std::nullopt;
}

std::string_view VersionOf(Section section, std::string_view line) {
  return section == Section::kResponse ? line.substr(0, 8)
                                       : line.substr(line.size() - 8);
}

bool IsVersionText(std::string_view text) {
  auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return text.size() == 8 && text.substr(0, 5) == "HTTP/" && digit(text[5]) &&
         text[6] == '.' && digit(text[7]);
}

// A start line with its version where it must stand; what else is wrong with
// it, Beast says.
bool IsStartLine(Section section, std::string_view line) {
  if (line.size() < 10) return false;
  bool response = section == Section::kResponse;
  return IsVersionText(VersionOf(section, line)) &&
         (response ? line[8] : line[line.size() - 9]) == ' ';
}

}  // namespace

H1Fault MakeFault(HeadError error) {
  int status = 400;
  switch (error) {
    case HeadError::kTooBig:
      status = 431;
      break;
    case HeadError::kUnknownTransferCoding:
    case HeadError::kConnectMethod:
      status = 501;
      break;
    case HeadError::kBadExpect:
      status = 417;
      break;
    default:
      break;
  }
  return {status, Sentence(error), ToReset(error)};
}

HeadScanner::Result HeadScanner::Refuse(H1Fault fault) {
  fault_ = fault;
  return Result::kFault;
}

bool HeadScanner::TooLong(size_t end) const {
  bool start_line = line_ == 0 && section_ != Section::kTrailers;
  return end > max_bytes_ || (start_line && end > kMaxStartLine);
}

HeadScanner::Result HeadScanner::Scan(std::string_view text) {
  for (;;) {
    size_t feed = text.find('\n', scanned_);
    bool whole = feed != std::string_view::npos;
    if (TooLong(whole ? feed + 1 : text.size())) {
      if (section_ == Section::kRequest && line_ == 0) {
        return Refuse({414, "the request target is too long", Reset::kTooBig});
      }
      return Refuse(MakeFault(HeadError::kTooBig));
    }
    if (!whole) {
      scanned_ = text.size();
      return Result::kMore;
    }
    std::string_view line = text.substr(line_, feed - line_);
    if (!CheckLine(line)) return Result::kFault;
    bool last = line.size() == 1;
    if (last && line_ == 0 && section_ != Section::kTrailers) {
      return Refuse({400, "the start line is missing"});
    }
    line_ = scanned_ = feed + 1;
    if (last) return Result::kWhole;
  }
}

// `line` is without its LF.
bool HeadScanner::CheckLine(std::string_view line) {
  fault_ = {400, "a line does not end in CR LF"};
  if (line.empty() || line.back() != '\r') return false;
  line.remove_suffix(1);
  fault_ = {400, "a bare CR or a NUL stands in the head"};
  if (line.find('\r') != std::string_view::npos ||
      line.find('\0') != std::string_view::npos) {
    return false;
  }
  if (line.empty()) return true;
  if (line_ == 0 && section_ != Section::kTrailers) {
    fault_ = {400, "the start line is malformed"};
    if (!IsStartLine(section_, line)) return false;
    fault_ = {505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
    std::string_view version = VersionOf(section_, line);
    return version == "HTTP/1.0" || version == "HTTP/1.1";
  }
  fault_ = {400, "a field line is malformed or folded"};
  size_t colon = line.find(':');
  return colon != std::string_view::npos && IsToken(line.substr(0, colon));
}

std::optional<H1Fault> ParseRequest(std::string_view block,
                                    const Limits& limits, H1Request& out) {
  HeadBuilder builder(Wire::kHttp1, Section::kRequest, limits);
  BeastHead<true> parser(builder);
  if (auto fault = Read(parser, builder, block)) return fault;
  HeadError error = builder.FinishRequest(out.head);
  if (error != HeadError::kNone) return MakeFault(error);
  out.framing = builder.framing();
  out.minor = parser.minor();
  return std::nullopt;
}

std::optional<H1Fault> ParseResponse(std::string_view block,
                                     const Limits& limits, H1Response& out) {
  HeadBuilder builder(Wire::kHttp1, Section::kResponse, limits);
  BeastHead<false> parser(builder);
  if (auto fault = Read(parser, builder, block)) return fault;
  HeadError error = builder.FinishResponse(out.head);
  if (error != HeadError::kNone) return MakeFault(error);
  out.framing = builder.framing();
  out.minor = parser.minor();
  return std::nullopt;
}

std::optional<H1Fault> ParseTrailers(std::string_view block,
                                     const Limits& limits, Headers& out) {
  HeadBuilder builder(Wire::kHttp1, Section::kTrailers, limits);
  std::string lower;
  while (block.size() > 2) {
    std::string_view line = block.substr(0, block.find('\r'));
    block.remove_prefix(line.size() + 2);
    size_t colon = line.find(':');
    LowerInto(line.substr(0, colon), lower);
    HeadError error = builder.Add(lower, Trim(line.substr(colon + 1)));
    if (error != HeadError::kNone) return MakeFault(error);
  }
  builder.FinishTrailers(out);
  return std::nullopt;
}

bool KeepsAlive(const H1Framing& framing, int minor) {
  if (framing.close) return false;
  return minor >= 1 || framing.keep_alive;
}

}  // namespace herald::http
