// SPDX-License-Identifier: Apache-2.0
//
// Unguessable bytes, for handles and seeds. Where there is no randomness
// nothing here is safe, so that ends the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace herald::crypto {

std::string RandomBytes(size_t count);

// For a Random of core/base.
uint64_t RandomSeed();

}  // namespace herald::crypto
