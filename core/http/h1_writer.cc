// SPDX-License-Identifier: Apache-2.0
#include "core/http/h1_writer.h"

#include <charconv>

#include "core/base/check.h"
#include "core/http/grammar.h"

namespace herald::http {
namespace {

struct NamedStatus {
  int status;
  std::string_view reason;
};
constexpr NamedStatus kReasons[] = {
    {200, "OK"},
    {100, "Continue"},
    {102, "Processing"},
    {103, "Early Hints"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {425, "Too Early"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {508, "Loop Detected"},
};

// A reason is optional and nobody reads it; these are for people's eyes.
std::string_view Reason(int status) {
  for (const NamedStatus& named : kReasons) {
    if (named.status == status) return named.reason;
  }
  return "";
}

void AppendNumber(uint64_t number, int radix, std::string& out) {
  char digits[24];
  auto result = std::to_chars(digits, digits + sizeof digits, number, radix);
  out.append(digits, result.ptr);
}

void AppendField(std::string_view name, std::string_view value,
                 std::string& out) {
  out.append(name).append(": ").append(value).append("\r\n");
}

void AppendFields(const Headers& headers, std::string& out) {
  HERALD_CHECK(IsClean(headers), "the validator let it in");
  for (Field field : headers) {
    if (!IsFramingName(field.name)) AppendField(field.name, field.value, out);
  }
}

void AppendEnvelope(const H1Envelope& envelope, std::string& out) {
  if (envelope.mode == H1BodyMode::kChunks) {
    out.append("transfer-encoding: chunked\r\n");
  } else if (envelope.length.has_value()) {
    out.append("content-length: ");
    AppendNumber(*envelope.length, 10, out);
    out.append("\r\n");
  }
}

}  // namespace

void AppendRequestHead(const RequestHead& head, const H1Envelope& envelope,
                       std::string& out) {
  HERALD_CHECK(IsToken(head.method) && head.method != "CONNECT",
               "the validator let it in");
  HERALD_CHECK(head.path == "*" || IsOriginForm(head.path),
               "the validator let it in");
  HERALD_CHECK(head.authority.empty() || IsAuthority(head.authority),
               "the validator let it in");
  out.append(head.method).append(" ").append(head.path);
  out.append(" HTTP/1.1\r\n");
  AppendField("host", head.authority, out);
  AppendFields(head.headers, out);
  AppendEnvelope(envelope, out);
  if (head.expects_continue) out.append("expect: 100-continue\r\n");
  if (head.trailers_ok) out.append("te: trailers\r\nconnection: te\r\n");
  out.append("\r\n");
}

void AppendResponseHead(const ResponseHead& head, const H1Envelope& envelope,
                        std::string& out) {
  HERALD_CHECK(head.status >= 100 && head.status <= 599 && head.status != 101,
               "a status this codec can carry");
  out.append("HTTP/1.1 ");
  AppendNumber(static_cast<uint64_t>(head.status), 10, out);
  out.append(" ").append(Reason(head.status)).append("\r\n");
  AppendFields(head.headers, out);
  AppendEnvelope(envelope, out);
  switch (envelope.persistence) {
    case H1Persistence::kDefault:
      break;
    case H1Persistence::kClose:
      out.append("connection: close\r\n");
      break;
    case H1Persistence::kKeepAlive:
      out.append("connection: keep-alive\r\n");
      break;
  }
  out.append("\r\n");
}

void AppendRefusal(int status, std::string_view sentence, std::string& out) {
  ResponseHead head;
  head.status = status;
  head.headers.Add("content-type", "text/plain; charset=utf-8");
  std::string text(sentence);
  text += "\n";
  H1Envelope envelope{H1BodyMode::kLength, text.size(), H1Persistence::kClose};
  AppendResponseHead(head, envelope, out);
  out.append(text);
}

void H1BodyWriter::Start(const H1Envelope& envelope) {
  mode_ = envelope.mode;
  broken_ = false;
  length_.Expect(mode_ == H1BodyMode::kLength ? envelope.length : std::nullopt);
}

void H1BodyWriter::Data(std::string_view data, bool end, H1Output& out) {
  if (broken_) return;
  if (!data.empty()) {
    switch (mode_) {
      case H1BodyMode::kNone:
        break;
      case H1BodyMode::kLength:
        broken_ = !length_.Add(data.size());
        if (!broken_) out.AppendBody(data);
        break;
      case H1BodyMode::kUntilClose:
        out.AppendBody(data);
        break;
      case H1BodyMode::kChunks:
        AppendNumber(data.size(), 16, out.text());
        out.text().append("\r\n");
        out.AppendBody(data);
        out.text().append("\r\n");
    }
  }
  if (end) End(Headers(), out);
}

void H1BodyWriter::Trailers(const Headers& trailers, H1Output& out) {
  if (!broken_) End(trailers, out);
}

void H1BodyWriter::End(const Headers& trailers, H1Output& out) {
  if (mode_ == H1BodyMode::kChunks) {
    out.text().append("0\r\n");
    AppendFields(trailers, out.text());
    out.text().append("\r\n");
  }
  broken_ = broken_ || !length_.Complete();
}

}  // namespace herald::http
