// SPDX-License-Identifier: Apache-2.0
#include "sidecar/identity/grpc_frames.h"

namespace herald::identity {
namespace {

constexpr size_t kHead = 5;

}  // namespace

std::string GrpcFrame(std::string_view message) {
  const size_t size = message.size();
  std::string out(1, '\0');
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(size >> shift & 0xff);
  }
  return out += message;
}

StatusOr<std::optional<std::string>> GrpcFrames::Next() {
  if (held_.size() < kHead) return std::optional<std::string>();
  if (held_[0] != '\0') {
    return InvalidArgument(
        "sends a compressed message, which nobody asked for");
  }
  size_t size = 0;
  for (size_t i = 1; i < kHead; ++i) {
    size = size << 8 | static_cast<unsigned char>(held_[i]);
  }
  if (size > kMessageMax) {
    return InvalidArgument("sends a message of " + std::to_string(size) +
                           " bytes, above " + std::to_string(kMessageMax));
  }
  if (held_.size() - kHead < size) return std::optional<std::string>();
  std::optional<std::string> message = held_.substr(kHead, size);
  held_.erase(0, kHead + size);
  return message;
}

}  // namespace herald::identity
