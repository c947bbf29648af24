// SPDX-License-Identifier: Apache-2.0
//
// HTTP/2 frames by hand (RFC 9113 §4, RFC 7541 §6.2.2): what no honest
// library would write, and a reader that tells in words what came back.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace herald::http::testing {

enum FrameType : uint8_t {
  kData = 0,
  kHeaders = 1,
  kRstStream = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};
inline constexpr uint8_t kEndStream = 1;
inline constexpr uint8_t kEndHeaders = 4;

inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

inline std::string Number(uint32_t value, int bytes = 4) {
  std::string out;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    out += static_cast<char>(value >> shift);
  }
  return out;
}

inline std::string Frame(uint8_t type, uint8_t flags, uint32_t id,
                         std::string_view payload) {
  std::string out = Number(static_cast<uint32_t>(payload.size()), 3);
  out += static_cast<char>(type);
  out += static_cast<char>(flags);
  return (out += Number(id)).append(payload);
}

// Field lines as literals that enter no table. Names and values below 127.
using FieldLines =
    std::initializer_list<std::pair<std::string_view, std::string_view>>;
inline std::string Block(FieldLines fields) {
  std::string out;
  for (const auto& [name, value] : fields) {
    out += '\0';
    out += static_cast<char>(name.size());
    out += name;
    out += static_cast<char>(value.size());
    out += value;
  }
  return out;
}

// The frames in `bytes`, without what every connection says about itself:
// SETTINGS, PING and WINDOW_UPDATE.
inline std::string Describe(std::string_view bytes) {
  auto at = [&](size_t i) {
    return static_cast<uint32_t>(static_cast<unsigned char>(bytes[i]));
  };
  auto word = [&](size_t i) {
    return std::to_string(at(i) << 24 | at(i + 1) << 16 | at(i + 2) << 8 |
                          at(i + 3));
  };
  std::string out;
  while (bytes.size() >= 9) {
    size_t size = at(0) << 16 | at(1) << 8 | at(2);
    std::string end = (at(4) & kEndStream) != 0 ? "+end" : "";
    switch (at(3)) {
      case kHeaders:
        out += " headers" + word(5) + end;
        break;
      case kData:
        out += " data" + word(5) + end;
        break;
      case kRstStream:
        out += " rst" + word(5) + "=" + word(9);
        break;
      case kGoaway:
        out += " goaway=" + word(13);
        break;
      default:
        break;
    }
    bytes.remove_prefix(std::min(bytes.size(), 9 + size));
  }
  return out;
}

}  // namespace herald::http::testing
