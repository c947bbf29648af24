// SPDX-License-Identifier: Apache-2.0
//
// Messages of HTTP/1.1 into bytes (RFC 9112). Framing fields are derived here
// and nowhere else; whatever a head holds was checked when it came in and is
// checked once more, because a line break here would be a second message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/http/h1_output.h"
#include "core/http/message.h"
#include "core/http/validate.h"

namespace herald::http {

enum class H1BodyMode {
  kNone,        // no body, no framing field
  kLength,      // content-length
  kChunks,      // transfer-encoding: chunked
  kUntilClose,  // the end of the connection ends it
};

// What the connection field says.
enum class H1Persistence { kDefault, kClose, kKeepAlive };

// With kLength, `length` is written.
struct H1Envelope {
  H1BodyMode mode = H1BodyMode::kNone;
  std::optional<uint64_t> length;
  H1Persistence persistence = H1Persistence::kDefault;
};

void AppendRequestHead(const RequestHead& head, const H1Envelope& envelope,
                       std::string& out);
void AppendResponseHead(const ResponseHead& head, const H1Envelope& envelope,
                        std::string& out);

// A whole response of our own, in plain text, that closes the connection.
void AppendRefusal(int status, std::string_view sentence, std::string& out);

// Writes the body of one message after the other. A member of an H1End.
class H1BodyWriter {
 public:
  void Start(const H1Envelope& envelope);

  void Data(std::string_view data, bool end, H1Output& out);
  // Dropped where there are no chunks.
  void Trailers(const Headers& trailers, H1Output& out);

  // The body did not have the length that was declared. What stands on the
  // wire then must not be followed by anything.
  bool broken() const { return broken_; }

 private:
  void End(const Headers& trailers, H1Output& out);

  H1BodyMode mode_ = H1BodyMode::kNone;
  BodyLength length_;
  bool broken_ = false;
};

}  // namespace herald::http
