// SPDX-License-Identifier: Apache-2.0
//
// HTTP messages as every codec of ours gives and takes them (RFC 9110). A head
// that exists has passed the validator (validate.h): names are lower-case
// tokens, values hold no control characters, framing headers (connection,
// content-length, transfer-encoding, te, upgrade, keep-alive,
// proxy-connection, host) are gone, and what they meant is in a field of its
// own. Each codec derives its framing anew.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"

namespace herald::http {

struct Field {
  std::string_view name;   // lower case
  std::string_view value;  // no leading or trailing space
};

// An ordered list of fields in one piece of memory. A value type; views it
// gives out live until the next change.
class Headers {
 public:
  void Add(std::string_view name, std::string_view value);
  // Replaces every field of that name by one.
  void Set(std::string_view name, std::string_view value);
  void Remove(std::string_view name);
  // Removes every field whose name begins so; returns how many.
  size_t RemovePrefix(std::string_view prefix);

  // The first value of that name.
  std::optional<std::string_view> Get(std::string_view name) const;
  // All values of that name, joined by ", " (RFC 9110 §5.3).
  std::string Joined(std::string_view name) const;
  size_t Count(std::string_view name) const;

  size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  Field operator[](size_t i) const;

  // Bytes as RFC 9113 §6.5.2 counts them: names, values and 32 a field.
  size_t CountedBytes() const;

  class Iterator {
   public:
    Iterator(const Headers* headers, size_t at) : headers_(headers), at_(at) {}
    Field operator*() const { return (*headers_)[at_]; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    const Headers* headers_;
    size_t at_;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, size()}; }
  bool operator==(const Headers& other) const;

 private:
  struct Entry {
    uint32_t offset;
    uint32_t name_size;
    uint32_t value_size;
  };
  template <typename Predicate>
  size_t RemoveIf(Predicate predicate);

  std::string text_;
  absl::InlinedVector<Entry, 12> entries_;
};

struct RequestHead {
  std::string method;     // "POST"
  std::string scheme;     // "http" or "https"
  std::string authority;  // Host; may be empty
  std::string path;       // origin form with query, "*" for OPTIONS *
  Headers headers;
  std::optional<uint64_t> content_length;
  bool expects_continue = false;  // an `expect: 100-continue` was there
  bool trailers_ok = false;       // a `te: trailers` was there

  bool operator==(const RequestHead&) const = default;
};

struct ResponseHead {
  int status = 200;
  Headers headers;
  std::optional<uint64_t> content_length;

  bool informational() const { return status >= 100 && status < 200; }
  bool operator==(const ResponseHead&) const = default;
};

// What one message may cost. Tests stand at each bound.
struct Limits {
  size_t header_bytes = 64 * 1024;  // of one header or trailer section,
                                    // counted as in Headers::CountedBytes
  size_t header_fields = 100;
  size_t body_window = 256 * 1024;  // bytes of one body held, each direction
  size_t streams = 1000;            // open exchanges of one connection
};

}  // namespace herald::http
