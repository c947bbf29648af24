// SPDX-License-Identifier: Apache-2.0
//
// `herald policy check | explain` without a running sidecar. Messages
// go to the streams, the answer is the exit code (arguments.h).
#pragma once

#include <memory>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "policy/explain.h"
#include "policy/program.h"
#include "policy/question.h"

namespace herald::cli {

// Reads and checks policy files (or folders of *.yaml) together and prints
// every problem with its place. kFine with at most warnings, else kUnusable.
// The last line counts what was found.
int PolicyCheck(const std::vector<std::string>& files, bool json,
                std::ostream& out, std::ostream& err);

// The Program of these files, or null after the problems were printed.
std::shared_ptr<const policy::Program> LoadPolicyFiles(
    const std::vector<std::string>& files, std::ostream& err);

// May this call go to one of these peers? Whoever asks has found the
// candidates (discovery) and keeps the call's texts alive.
struct ExplainRequest {
  policy::Call call;
  std::span<const policy::Candidate> candidates;
  bool json = false;
};

// Verdict, rules and atoms for each candidate, and the nearest when none is
// permitted. kFine when some candidate is permitted, else kNo.
int PolicyExplain(const policy::Program& program, const ExplainRequest& request,
                  std::ostream& out);

}  // namespace herald::cli
