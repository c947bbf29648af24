// SPDX-License-Identifier: Apache-2.0
//
// Every random choice of ours comes through a Random that somebody handed in,
// so that a seed repeats a run. Not for keys: cryptography uses OpenSSL's.
#pragma once

#include <cstdint>
#include <random>

namespace herald {

// One owner, one thread.
class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  uint64_t Next() { return engine_(); }

  // Uniform in [0, bound). REQUIRES: bound > 0.
  uint64_t Below(uint64_t bound) { return engine_() % bound; }

  // Uniform in [0, 1).
  double Unit() { return static_cast<double>(engine_() >> 11) * 0x1.0p-53; }

  bool Chance(double p) { return Unit() < p; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace herald
