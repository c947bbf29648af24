// SPDX-License-Identifier: Apache-2.0
//
// Texts to a Program, all stages in one: parse, vocabulary, check, compile.
// Reading files is the caller's; here a text is a name and its bytes.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/issue.h"
#include "policy/compile.h"
#include "policy/program.h"
#include "policy/schema.h"
#include "policy/vocabulary.h"

namespace herald::policy {

// What is known of the signature beside a text. Only an Override needs one.
enum class Seal {
  kUnchecked,  // nobody looked: tools, which take it as good
  kGood,
  kBad,  // none, or none of a key that may sign here
};

struct SourceText {
  std::string name;  // as issues show it: "policy.yaml"
  std::string text;
  Seal seal = Seal::kUnchecked;
};

// The texts as values, checked and not yet compiled: for tools that look at
// rules as they were written.
struct Reading {
  Files files;
  PolicySet set;
  Vocabulary words;
  Issues issues;
};
Reading Read(const std::vector<SourceText>& texts);

// The Program of what was read. REQUIRES: `reading` has no errors.
std::shared_ptr<const Program> CompileReading(
    const Reading& reading, const std::vector<SourceText>& texts,
    const Discharge& discharge = {});

struct Loaded {
  // Null when and only when `issues` has errors.
  std::shared_ptr<const Program> program;
  Issues issues;  // warnings may stand beside a program
};

// No texts at all give a Program that denies everything.
Loaded Load(const std::vector<SourceText>& texts,
            const Discharge& discharge = {});

// SHA-256 as 64 hexadecimal digits, the same for the same texts in any order
// and under any names.
std::string HashOf(const std::vector<SourceText>& texts);

}  // namespace herald::policy
