// SPDX-License-Identifier: Apache-2.0
#include "core/base/site.h"

#include <array>

namespace herald {
namespace {

constexpr std::array<std::string_view, kTierCount> kTiers = {
    "Device", "FarEdge", "NearEdge", "Cloud"};
constexpr std::array<std::string_view, 4> kAttestations = {
    "none", "declared", "platform", "hardware"};

template <typename Enum, size_t N>
std::optional<Enum> Find(const std::array<std::string_view, N>& names,
                         std::string_view text) {
  for (size_t i = 0; i < N; ++i) {
    if (names[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace

std::optional<Country> Country::Parse(std::string_view text) {
  auto upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (text.size() != 2 || !upper(text[0]) || !upper(text[1])) {
    return std::nullopt;
  }
  return Country(static_cast<uint16_t>((text[0] - 'A') * 26 + (text[1] - 'A')));
}

std::string Country::ToString() const {
  return {static_cast<char>('A' + index_ / 26),
          static_cast<char>('A' + index_ % 26)};
}

std::optional<Tier> ParseTier(std::string_view text) {
  return Find<Tier>(kTiers, text);
}
std::string_view ToString(Tier tier) {
  return kTiers[static_cast<size_t>(tier)];
}

std::optional<Attestation> ParseAttestation(std::string_view text) {
  return Find<Attestation>(kAttestations, text);
}
std::string_view ToString(Attestation level) {
  return kAttestations[static_cast<size_t>(level)];
}

}  // namespace herald
