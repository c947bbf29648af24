// SPDX-License-Identifier: Apache-2.0
//
// Heads as nghttp3 wants them written: pseudo-header fields first, then the
// fields, then the framing that is derived anew.
#pragma once

#include <nghttp3/nghttp3.h>

#include <array>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "core/http/message.h"

namespace herald::transport {

// Points into the head it was made from, which must outlive it. nghttp3
// copies on submission.
class H3Fields {
 public:
  explicit H3Fields(const http::RequestHead& head);
  explicit H3Fields(const http::ResponseHead& head);
  explicit H3Fields(const http::Headers& trailers);
  H3Fields(const H3Fields&) = delete;
  H3Fields& operator=(const H3Fields&) = delete;

  const nghttp3_nv* data() const { return fields_.data(); }
  size_t size() const { return fields_.size(); }

 private:
  void Add(std::string_view name, std::string_view value);
  void AddAll(const http::Headers& headers);
  void AddLength(uint64_t length);

  std::array<char, 24> length_text_;
  std::array<char, 4> status_text_;
  absl::InlinedVector<nghttp3_nv, 24> fields_;
};

}  // namespace herald::transport
