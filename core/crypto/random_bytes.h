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

// The same, drawn some hundreds at once: a handle for each call then costs no
// system call. No byte is given twice, and none is kept that was given. One
// thread; not to be forked.
class RandomStock {
 public:
  // REQUIRES: count <= 512.
  std::string Take(size_t count);

 private:
  std::string stock_;  // taken from its end
};

// For a Random of core/base.
uint64_t RandomSeed();

}  // namespace herald::crypto
