// SPDX-License-Identifier: Apache-2.0
//
// Heads of HTTP/1.1 from bytes (RFC 9112). Three gates stand in a row, each
// refusing what it doubts: HeadScanner guards the raw lines (only CRLF ends a
// line, nothing is folded, sizes are bounded), Boost.Beast's parser reads the
// grammar, HeadBuilder (validate.h) the meaning. Where Beast and we would
// frame the body differently the message is refused too.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "core/http/exchange.h"
#include "core/http/message.h"
#include "core/http/validate.h"

namespace herald::http {

// Why bytes are no message. A server answers with the status; the user of a
// stream hears the reset.
struct H1Fault {
  int status = 400;
  std::string_view sentence;
  Reset reset = Reset::kProtocol;
};
H1Fault MakeFault(HeadError error);

// Finds the end of a head or trailer section and guards its lines, once per
// byte however the bytes arrive. A member of the codec that reads.
class HeadScanner {
 public:
  enum class Result { kMore, kWhole, kFault };

  HeadScanner(Section section, const Limits& limits)
      : section_(section), max_bytes_(limits.header_bytes) {}

  // REQUIRES: `text` begins where the section begins, and begins with the text
  // of the call before.
  Result Scan(std::string_view text);

  // After kWhole: bytes of the section with its empty line.
  size_t size() const { return line_; }
  // After kFault.
  const H1Fault& fault() const { return fault_; }

  bool started() const { return scanned_ > 0; }
  void Restart() { line_ = scanned_ = 0; }

 private:
  bool TooLong(size_t end) const;
  bool CheckLine(std::string_view line);
  Result Refuse(H1Fault fault);

  Section section_;
  size_t max_bytes_;
  size_t line_ = 0;     // where the line begins that is not whole yet
  size_t scanned_ = 0;  // up to where no line end is
  H1Fault fault_;
};

struct H1Request {
  RequestHead head;
  H1Framing framing;
  int minor = 1;
};
struct H1Response {
  ResponseHead head;
  H1Framing framing;
  int minor = 1;
};

// REQUIRES: `block` passed a HeadScanner. A fault, or `out` is filled.
std::optional<H1Fault> ParseRequest(std::string_view block,
                                    const Limits& limits, H1Request& out);
std::optional<H1Fault> ParseResponse(std::string_view block,
                                     const Limits& limits, H1Response& out);
std::optional<H1Fault> ParseTrailers(std::string_view block,
                                     const Limits& limits, Headers& out);

// Whether the connection may carry another message after this one.
bool KeepsAlive(const H1Framing& framing, int minor);

}  // namespace herald::http
