// SPDX-License-Identifier: Apache-2.0
#include "core/base/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace herald {
namespace {

constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// 0..63, or kBad, which has a bit that no value has: the letters of a group
// are checked all at once.
constexpr uint8_t kBad = 0x80;

constexpr std::array<uint8_t, 256> MakeValues() {
  std::array<uint8_t, 256> values = {};
  for (uint8_t& value : values) value = kBad;
  for (size_t i = 0; i < kLetters.size(); ++i) {
    values[static_cast<uint8_t>(kLetters[i])] = static_cast<uint8_t>(i);
  }
  return values;
}
constexpr std::array<uint8_t, 256> kValues = MakeValues();

// The last one or two bytes.
void EncodeRest(const uint8_t* in, size_t rest, char* out) {
  if (rest == 1) {
    out[0] = kLetters[in[0] >> 2];
    out[1] = kLetters[(in[0] & 3) << 4];
  } else if (rest == 2) {
    out[0] = kLetters[in[0] >> 2];
    out[1] = kLetters[(in[0] & 3) << 4 | in[1] >> 4];
    out[2] = kLetters[(in[1] & 15) << 2];
  }
}

// The last two or three letters; false when they are no canonical ending.
bool DecodeRest(const uint8_t* in, size_t rest, char* out) {
  if (rest == 0) return true;
  if (rest == 1) return false;
  const uint8_t a = kValues[in[0]], b = kValues[in[1]];
  if (rest == 2) {
    out[0] = static_cast<char>(a << 2 | b >> 4);
    return ((a | b) & kBad) == 0 && (b & 15) == 0;
  }
  const uint8_t c = kValues[in[2]];
  out[0] = static_cast<char>(a << 2 | b >> 4);
  out[1] = static_cast<char>((b & 15) << 4 | c >> 2);
  return ((a | b | c) & kBad) == 0 && (c & 3) == 0;
}

}  // namespace

void AppendBase64Url(std::string& out, std::string_view bytes) {
  const size_t old = out.size();
  out.resize(old + Base64UrlLength(bytes.size()));
  char* to = out.data() + old;
  const auto* in = reinterpret_cast<const uint8_t*>(bytes.data());
  size_t left = bytes.size();
  for (; left >= 3; left -= 3, in += 3, to += 4) {
    const uint32_t group = uint32_t{in[0]} << 16 | uint32_t{in[1]} << 8 | in[2];
    to[0] = kLetters[group >> 18];
    to[1] = kLetters[group >> 12 & 63];
    to[2] = kLetters[group >> 6 & 63];
    to[3] = kLetters[group & 63];
  }
  EncodeRest(in, left, to);
}

std::string Base64UrlEncode(std::string_view bytes) {
  std::string out;
  AppendBase64Url(out, bytes);
  return out;
}

bool AppendBase64UrlDecoded(std::string& out, std::string_view text) {
  const size_t old = out.size();
  const size_t rest = text.size() % 4;
  out.resize(old + text.size() / 4 * 3 + (rest > 1 ? rest - 1 : 0));
  char* to = out.data() + old;
  const auto* in = reinterpret_cast<const uint8_t*>(text.data());
  uint8_t seen = 0;
  for (size_t left = text.size(); left >= 4; left -= 4, in += 4, to += 3) {
    const uint8_t a = kValues[in[0]], b = kValues[in[1]];
    const uint8_t c = kValues[in[2]], d = kValues[in[3]];
    seen |= a | b | c | d;
    to[0] = static_cast<char>(a << 2 | b >> 4);
    to[1] = static_cast<char>((b & 15) << 4 | c >> 2);
    to[2] = static_cast<char>((c & 3) << 6 | d);
  }
  if ((seen & kBad) == 0 && DecodeRest(in, rest, to)) return true;
  out.resize(old);
  return false;
}

std::optional<std::string> Base64UrlDecode(std::string_view text) {
  std::string out;
  if (!AppendBase64UrlDecoded(out, text)) return std::nullopt;
  return out;
}

std::string Base64Encode(std::string_view bytes) {
  std::string out = Base64UrlEncode(bytes);
  std::replace(out.begin(), out.end(), '-', '+');
  std::replace(out.begin(), out.end(), '_', '/');
  while (out.size() % 4 != 0) out += '=';
  return out;
}

std::optional<std::string> Base64Decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.find_first_of("-_") != text.npos) return std::nullopt;
  for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) {
    text.remove_suffix(1);
  }
  std::string url(text);
  std::replace(url.begin(), url.end(), '+', '-');
  std::replace(url.begin(), url.end(), '/', '_');
  return Base64UrlDecode(url);
}

}  // namespace herald
