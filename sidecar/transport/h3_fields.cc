// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/h3_fields.h"

#include <charconv>

namespace herald::transport {
namespace {

uint8_t* Bytes(std::string_view text) {
  return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));
}

std::string_view OrElse(std::string_view text, std::string_view otherwise) {
  return text.empty() ? otherwise : text;
}

}  // namespace

H3Fields::H3Fields(const http::RequestHead& head) {
  Add(":method", head.method);
  Add(":scheme", OrElse(head.scheme, "https"));
  // A scheme with authorities demands one (RFC 9114 §4.3.1); HTTP/1.0 may
  // come without.
  Add(":authority", OrElse(head.authority, "unknown"));
  Add(":path", head.path);
  AddAll(head.headers);
  if (head.content_length) AddLength(*head.content_length);
  if (head.trailers_ok) Add("te", "trailers");
  if (head.expects_continue) Add("expect", "100-continue");
}

H3Fields::H3Fields(const http::ResponseHead& head) {
  std::to_chars(status_text_.data(), status_text_.data() + 4, head.status);
  Add(":status", {status_text_.data(), 3});
  AddAll(head.headers);
  if (head.content_length) AddLength(*head.content_length);
}

H3Fields::H3Fields(const http::Headers& trailers) { AddAll(trailers); }

void H3Fields::Add(std::string_view name, std::string_view value) {
  fields_.push_back({Bytes(name), Bytes(value), name.size(), value.size(),
                     NGHTTP3_NV_FLAG_NONE});
}

void H3Fields::AddAll(const http::Headers& headers) {
  for (http::Field field : headers) Add(field.name, field.value);
}

void H3Fields::AddLength(uint64_t length) {
  char* end = std::to_chars(length_text_.data(),
                            length_text_.data() + length_text_.size(), length)
                  .ptr;
  Add("content-length",
      {length_text_.data(), static_cast<size_t>(end - length_text_.data())});
}

}  // namespace herald::transport
