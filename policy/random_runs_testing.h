// SPDX-License-Identifier: Apache-2.0
//
// For tests: many questions of many random programs, as the environment asks:
// HERALD_SEED and HERALD_CASES in place of what the test says, HERALD_PROGRESS
// to be told now and then how far it is. The seed is always printed.
#pragma once

#include <cstdlib>
#include <iostream>

#include "gtest/gtest.h"
#include "policy/random_policies.h"

namespace herald::policy {

inline constexpr uint64_t kCasesOfAProgram = 50;

inline uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? std::strtoull(value, nullptr, 10) : otherwise;
}

// check(RandomPolicies&, const Sample&) for each case, until one fails.
// Returns how many there were.
template <typename Check>
uint64_t RunSamples(uint64_t seed, uint64_t cases, Check check) {
  seed = FromEnvironment("HERALD_SEED", seed);
  cases = FromEnvironment("HERALD_CASES", cases);
  bool progress = std::getenv("HERALD_PROGRESS") != nullptr;
  std::cout << "HERALD_SEED=" << seed << " HERALD_CASES=" << cases << "\n";
  RandomPolicies policies(seed);
  uint64_t done = 0;
  for (uint64_t programs = 0; done < cases; ++programs) {
    if (progress && programs % 1000 == 0) std::cerr << "done " << done << "\n";
    Sample sample = policies.Draw();
    for (uint64_t i = 0; i < kCasesOfAProgram && done < cases; ++i, ++done) {
      check(policies, sample);
      if (testing::Test::HasFatalFailure()) return done;
    }
  }
  return cases;
}

}  // namespace herald::policy
