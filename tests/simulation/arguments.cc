// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/arguments.h"

#include <charconv>

namespace herald::simulation {
namespace {

std::optional<uint64_t> ReadNumber(const std::string& text) {
  uint64_t out = 0;
  const char* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, out);
  if (error != std::errc() || at != end) return std::nullopt;
  return out;
}

}  // namespace

std::optional<uint64_t> ReadSeed(int argc, char** argv) {
  return argc < 2 ? std::nullopt : ReadNumber(argv[1]);
}

bool ReadNumbers(int argc, char** argv,
                 const std::map<std::string, size_t*>& places) {
  for (int i = 2; i < argc; i += 2) {
    const auto place = places.find(argv[i]);
    if (place == places.end() || i + 1 == argc) return false;
    const auto number = ReadNumber(argv[i + 1]);
    if (!number) return false;
    *place->second = *number;
  }
  return true;
}

}  // namespace herald::simulation
