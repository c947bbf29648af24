// SPDX-License-Identifier: Apache-2.0
//
// Sets of countries, and which two-letter codes are countries at all. A set is
// a bit for each possible code, so that a node's country is tested by one
// look.
#pragma once

#include <bitset>
#include <string>
#include <string_view>

#include "core/base/site.h"

namespace herald::policy {

using CountryBits = std::bitset<Country::kCount>;

// Officially assigned in ISO 3166-1 (249 codes, as of 2026). User-assigned
// and reserved codes (XX, UK, EU) are not.
bool IsAssigned(Country country);

// "did you mean GB?" for codes that people take for assigned ones, else "".
std::string HintForCode(std::string_view code);

}  // namespace herald::policy
