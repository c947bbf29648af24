// SPDX-License-Identifier: Apache-2.0
//
// Who takes part, in the order of the table. Each picker has a file of its
// own, which says whose rule it follows and where it had to be guessed.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "tests/simulation/routing_study/picker.h"

namespace herald::study {

const std::vector<Contestant>& Roster();
const Contestant* FindContestant(std::string_view name);

std::unique_ptr<Picker> MakeRandom(const PickerParts& parts);
std::unique_ptr<Picker> MakeRoundRobin(const PickerParts& parts);
std::unique_ptr<Picker> MakeLeastRequestOfTwo(const PickerParts& parts);
std::unique_ptr<Picker> MakeLeastRequestOfAll(const PickerParts& parts);
std::unique_ptr<Picker> MakePeakEwma(const PickerParts& parts);
std::unique_ptr<Picker> MakePriority(const PickerParts& parts);
std::unique_ptr<Picker> MakeLoadAwareLocality(const PickerParts& parts);
std::unique_ptr<Picker> MakeHazl(const PickerParts& parts);
std::unique_ptr<Picker> MakePrequal(const PickerParts& parts);
std::unique_ptr<Picker> MakePrequalWithRtt(const PickerParts& parts);
std::unique_ptr<Picker> MakeOurs(const PickerParts& parts);
std::unique_ptr<Picker> MakeOursWithoutTierControl(const PickerParts& parts);
std::unique_ptr<Picker> MakeOracle(const PickerParts& parts);
std::unique_ptr<Picker> MakeOracleWithHandicaps(const PickerParts& parts);

}  // namespace herald::study
