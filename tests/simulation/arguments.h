// SPDX-License-Identifier: Apache-2.0
//
// What the programs of the simulation are asked for: PROGRAM SEED [--NAME N]...
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace herald::simulation {

// The seed; nullopt where it is none.
std::optional<uint64_t> ReadSeed(int argc, char** argv);

// Puts each number where its name says; false where something else
// stands there.
bool ReadNumbers(int argc, char** argv,
                 const std::map<std::string, size_t*>& places);

}  // namespace herald::simulation
