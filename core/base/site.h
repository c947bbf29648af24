// SPDX-License-Identifier: Apache-2.0
//
// Where a node stands and who controls it, as plain values. A fact that was
// left out is unknown (nullopt), which is not the same as known to be empty:
// policy fails closed on the unknown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"

namespace herald {

// An ISO 3166-1 alpha-2 code, packed as 0..675 (AA..ZZ).
class Country {
 public:
  static constexpr int kCount = 26 * 26;

  // nullopt unless `text` is two upper-case letters.
  static std::optional<Country> Parse(std::string_view text);

  constexpr int index() const { return index_; }
  std::string ToString() const;
  // clang-tidy 14 takes the 0 of the comparison for a pointer.
  // NOLINTNEXTLINE(modernize-use-nullptr)
  auto operator<=>(const Country&) const = default;

 private:
  constexpr explicit Country(uint16_t index) : index_(index) {}
  uint16_t index_;
};

// Ordered outwards, from the device to the cloud.
enum class Tier : uint8_t { kDevice, kFarEdge, kNearEdge, kCloud };
inline constexpr int kTierCount = 4;
std::optional<Tier> ParseTier(std::string_view text);
std::string_view ToString(Tier tier);  // "FarEdge"

// How good the evidence for a site's facts is; ordered.
enum class Attestation : uint8_t { kNone, kDeclared, kPlatform, kHardware };
std::optional<Attestation> ParseAttestation(std::string_view text);
std::string_view ToString(Attestation level);  // "declared"

struct Site {
  std::optional<Country> country;
  // Of the operator's own naming ("eu-central-1", "a"): for people and for
  // finding, never for policy, which asks about countries.
  std::optional<std::string> region;
  std::optional<std::string> zone;
  std::optional<Tier> tier;
  std::optional<std::string> operator_name;
  std::optional<std::vector<Country>> operator_control;
  std::optional<std::vector<std::string>> assurance;
  std::optional<Attestation> attestation;
  // The longest that data of a call is kept there after the answer; what
  // `retain` asks for.
  std::optional<Duration> retention;

  bool operator==(const Site&) const = default;
};

}  // namespace herald
