// SPDX-License-Identifier: Apache-2.0
#include "core/http/h2_fields.h"

#include <string_view>

#include "core/base/check.h"
#include "core/http/grammar.h"
#include "core/http/validate.h"

namespace herald::http {

H2Fields::H2Fields(const RequestHead& head) {
  HERALD_CHECK(IsToken(head.method) && head.method != "CONNECT",
               "the validator let it in");
  HERALD_CHECK(head.path == "*" || IsOriginForm(head.path),
               "the validator let it in");
  HERALD_CHECK(head.authority.empty() || IsAuthority(head.authority),
               "the validator let it in");
  Add(":method", head.method);
  Add(":scheme", head.scheme);
  if (!head.authority.empty()) Add(":authority", head.authority);
  Add(":path", head.path);
  AddHeaders(head.headers);
  AddLength(head.content_length);
  if (head.expects_continue) Add("expect", "100-continue");
  if (head.trailers_ok) Add("te", "trailers");
}

H2Fields::H2Fields(const ResponseHead& head) {
  HERALD_CHECK(head.status >= 100 && head.status <= 599 && head.status != 101,
               "a status this codec can carry");
  status_ = std::to_string(head.status);
  Add(":status", status_);
  AddHeaders(head.headers);
  if (!head.informational() && head.status != 204) {
    AddLength(head.content_length);
  }
}

H2Fields::H2Fields(const Headers& trailers) { AddHeaders(trailers); }

void H2Fields::Add(std::string_view name, std::string_view value) {
  auto bytes = [](std::string_view text) {
    return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
  };
  // A secret must not be found by guessing against the compression state.
  bool secret = name == "authorization" || name == "cookie";
  uint8_t flags = secret ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
  fields_.push_back(
      {bytes(name), bytes(value), name.size(), value.size(), flags});
}

void H2Fields::AddHeaders(const Headers& headers) {
  HERALD_CHECK(IsClean(headers), "the validator let it in");
  for (Field field : headers) {
    if (!IsFramingName(field.name)) Add(field.name, field.value);
  }
}

void H2Fields::AddLength(const std::optional<uint64_t>& length) {
  if (!length.has_value()) return;
  length_ = std::to_string(*length);
  Add("content-length", length_);
}

uint32_t CodeOf(Reset reason) {
  switch (reason) {
    case Reset::kNotSent:
    case Reset::kRefused:
      return NGHTTP2_REFUSED_STREAM;
    case Reset::kCancelled:
      return NGHTTP2_CANCEL;
    case Reset::kProtocol:
      return NGHTTP2_PROTOCOL_ERROR;
    case Reset::kTooBig:
      return NGHTTP2_ENHANCE_YOUR_CALM;
    case Reset::kLost:
    case Reset::kInternal:
      return NGHTTP2_INTERNAL_ERROR;
  }
  return NGHTTP2_INTERNAL_ERROR;
}

Reset ResetOf(uint32_t code, bool answered) {
  switch (code) {
    case NGHTTP2_NO_ERROR:
    case NGHTTP2_CANCEL:
      return Reset::kCancelled;
    case NGHTTP2_REFUSED_STREAM:
      return answered ? Reset::kInternal : Reset::kRefused;
    case NGHTTP2_PROTOCOL_ERROR:
    case NGHTTP2_FLOW_CONTROL_ERROR:
    case NGHTTP2_FRAME_SIZE_ERROR:
    case NGHTTP2_COMPRESSION_ERROR:
    case NGHTTP2_STREAM_CLOSED:
      return Reset::kProtocol;
    case NGHTTP2_ENHANCE_YOUR_CALM:
      return Reset::kTooBig;
    default:
      return Reset::kInternal;
  }
}

}  // namespace herald::http
