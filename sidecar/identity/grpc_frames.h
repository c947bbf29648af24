// SPDX-License-Identifier: Apache-2.0
//
// gRPC's messages in the body of a call: one byte that says whether they are
// compressed (ours never are), four of length, the message. Bytes in, messages
// out; no socket.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/status.h"

namespace herald::identity {

// A message as it goes into a body.
std::string GrpcFrame(std::string_view message);

// A value; one for each call.
class GrpcFrames {
 public:
  // Far above what SVIDs weigh; gRPC's own usual bound.
  static constexpr size_t kMessageMax = 4 << 20;

  void Feed(std::string_view bytes) { held_ += bytes; }

  // The next whole message, or nullopt where more bytes are needed. After an
  // error the call is of no use any more.
  StatusOr<std::optional<std::string>> Next();

 private:
  std::string held_;
};

}  // namespace herald::identity
