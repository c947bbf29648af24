// SPDX-License-Identifier: Apache-2.0
//
// Results of PolicyTests as JUnit XML, which every CI shows.
#pragma once

#include <string>
#include <vector>

#include "policy/fixture.h"

namespace herald::cli {

// One file's cases; `error` where it could not be run.
struct JunitSuite {
  std::string file;
  std::vector<policy::CaseResult> cases;
  std::string error;
};

std::string JunitXml(const std::vector<JunitSuite>& suites);

}  // namespace herald::cli
