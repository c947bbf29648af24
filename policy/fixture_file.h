// SPDX-License-Identifier: Apache-2.0
//
// The grammar of PolicyTest. Only fixture.cc includes this header.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/site.h"
#include "core/yaml/problems.h"
#include "policy/decision.h"
#include "policy/question.h"
#include "policy/schema.h"

namespace herald::policy {

// What a case expects; an absent key expects nothing.
struct Expectation {
  Verdict verdict = Verdict::kDeny;
  std::optional<std::vector<std::string>> rules;
  std::optional<Obligations::Audit> audit;
  std::optional<bool> encrypt;
  std::optional<Duration> retain;
  std::optional<std::vector<std::string>> meters;
  std::optional<Verdict> shadow;
};

// Owns the texts of one question.
struct TestCase {
  struct Stop {
    bool relay = false;
    bool terminates = true;
    Site site;
  };

  std::string name;
  std::string caller;
  std::string callee;
  std::optional<std::string> scope;
  std::optional<std::string> skill;
  std::vector<std::string> labels;
  std::optional<std::string> purpose;
  std::optional<std::string> legal_basis;
  std::vector<std::string> endorsements;
  std::optional<WallTime> at;
  std::vector<Stop> path;
  std::optional<Country> keys_held_in;
  Expectation expect;

  // Views into this.
  Call call() const;
  std::vector<Node> nodes() const;
};

struct TestFile {
  std::string name;
  Texts policies;
  std::vector<TestCase> cases;
};

std::vector<TestFile> ParseTests(yaml::Problems& problems);

}  // namespace herald::policy
