// SPDX-License-Identifier: Apache-2.0
//
// Hashes that are the same in every process and every run, for choices that
// have to be: not for tables that strangers fill.
#pragma once

#include <cstdint>
#include <string_view>

namespace herald::routing {

// FNV-1a (RFC 9923).
constexpr uint64_t HashOf(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : text) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  }
  return hash;
}

// SplitMix64's finish: every bit of the argument moves every bit of the value.
constexpr uint64_t Mix(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

}  // namespace herald::routing
