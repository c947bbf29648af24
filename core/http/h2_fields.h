// SPDX-License-Identifier: Apache-2.0
//
// Between our heads and resets and HTTP/2's fields and error codes
// (RFC 9113 §7, §8.3).
#pragma once

#include <cstdint>
#include <string>

#include "absl/container/inlined_vector.h"
#include "core/http/exchange.h"
#include "core/http/message.h"
#include "nghttp2/nghttp2.h"

namespace herald::http {

// A field list as nghttp2 takes it. Views the head it was made of, which must
// live as long.
class H2Fields {
 public:
  explicit H2Fields(const RequestHead& head);
  explicit H2Fields(const ResponseHead& head);
  explicit H2Fields(const Headers& trailers);
  H2Fields(const H2Fields&) = delete;
  H2Fields& operator=(const H2Fields&) = delete;

  const nghttp2_nv* data() const { return fields_.data(); }
  size_t size() const { return fields_.size(); }

 private:
  void Add(std::string_view name, std::string_view value);
  void AddHeaders(const Headers& headers);
  void AddLength(const std::optional<uint64_t>& length);

  std::string status_;
  std::string length_;
  absl::InlinedVector<nghttp2_nv, 20> fields_;
};

// What a reset of ours says on the wire.
uint32_t CodeOf(Reset reason);

// What an error code of the peer's means to us. A stream that has answered
// cannot be refused any more: `answered` makes kInternal of it.
Reset ResetOf(uint32_t code, bool answered);

}  // namespace herald::http
