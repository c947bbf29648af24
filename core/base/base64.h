// SPDX-License-Identifier: Apache-2.0
//
// Base64 with the URL-safe alphabet and without padding (RFC 4648 §5): binary
// in a header field, once or twice a call, so both ways are one pass over a
// table. Decoding is strict: one text for each value, so that what was signed
// or compared as text cannot be written in a second way.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace herald {

// Length of the text for `bytes` bytes.
constexpr size_t Base64UrlLength(size_t bytes) {
  return bytes / 3 * 4 + (bytes % 3 == 0 ? 0 : bytes % 3 + 1);
}

void AppendBase64Url(std::string& out, std::string_view bytes);
std::string Base64UrlEncode(std::string_view bytes);

// Appends to `out` and returns true; false, with `out` as it was, for a letter
// outside the alphabet, padding, a length that no value has, or spare bits
// that are not zero.
bool AppendBase64UrlDecoded(std::string& out, std::string_view text);
std::optional<std::string> Base64UrlDecode(std::string_view text);

// The ordinary alphabet with padding (RFC 4648 §4), as files and other systems
// have it. Not for the hot path.
std::string Base64Encode(std::string_view bytes);
// nullopt for anything else, line ends included.
std::optional<std::string> Base64Decode(std::string_view text);

}  // namespace herald
