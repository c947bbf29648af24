// SPDX-License-Identifier: Apache-2.0
#include "policy/countries.h"

#include <array>
#include <utility>

namespace herald::policy {
namespace {

constexpr std::string_view kAssigned =
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG "
    "BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI "
    "CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH "
    "ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ "
    "GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT "
    "JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS "
    "LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU "
    "MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG "
    "PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG "
    "SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK "
    "TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU "
    "WF WS YE YT ZA ZM ZW ";

// One table, made before main and never changed.
const CountryBits& AssignedBits() {
  static const CountryBits bits = [] {
    CountryBits all;
    for (size_t i = 0; i + 1 < kAssigned.size(); i += 3) {
      all.set(
          static_cast<size_t>(Country::Parse(kAssigned.substr(i, 2))->index()));
    }
    return all;
  }();
  return bits;
}

}  // namespace

bool IsAssigned(Country country) {
  return AssignedBits().test(static_cast<size_t>(country.index()));
}

std::string HintForCode(std::string_view code) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 4>
      kMistaken = {{{"UK", "GB"}, {"EL", "GR"}, {"SF", "FI"}, {"YU", "RS"}}};
  for (const auto& [wrong, right] : kMistaken) {
    if (code == wrong) return "did you mean " + std::string(right) + "?";
  }
  return "";
}

}  // namespace herald::policy
