// SPDX-License-Identifier: Apache-2.0
//
// SHA-256 (FIPS 180-4), for names of contents and for logs that can be
// checked. Not a password hash and not a message authentication code.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace herald::crypto {

using Digest = std::array<uint8_t, 32>;

Digest Sha256(std::string_view bytes);

// 64 lower-case hexadecimal digits.
std::string ToHex(const Digest& digest);

}  // namespace herald::crypto
