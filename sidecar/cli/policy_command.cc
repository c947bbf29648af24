// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/policy_command.h"

#include <utility>

#include "policy/fixture.h"
#include "policy/load.h"
#include "sidecar/app/policy_files.h"
#include "sidecar/cli/arguments.h"
#include "sidecar/cli/policy_json.h"

namespace herald::cli {
namespace {

using policy::Verdict;

void PrintIssues(const Issues& issues, std::ostream& err) {
  err << Render(issues);
}

std::string Count(size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// Totals of a test run.
struct Tally {
  size_t passed = 0;
  size_t failed = 0;
  bool unusable = false;
};

std::string FailureLine(const std::string& file,
                        const policy::CaseResult& result) {
  std::string line = file + ": " + result.name + ": ";
  for (size_t i = 0; i < result.differences.size(); ++i) {
    line += (i > 0 ? "; " : "") + result.differences[i];
  }
  return line + " (" + result.why + ")";
}

// Files as they are; of folders those files that hold a PolicyTest.
std::vector<std::string> FindPolicyTests(
    const std::vector<std::string>& paths) {
  std::vector<std::string> found;
  for (const std::string& path : paths) {
    auto files = app::ExpandPolicyPath(path);
    bool folder = files.ok() && *files != std::vector<std::string>{path};
    if (!folder) {
      found.push_back(path);
      continue;
    }
    for (const std::string& file : *files) {
      StatusOr<std::string> text = app::ReadPolicyFile(file);
      // One that cannot be read is for the run to report.
      if (!text.ok() || text->find("PolicyTest") != std::string::npos) {
        found.push_back(file);
      }
    }
  }
  return found;
}

void RunOne(const std::string& path, bool json, Tally& tally, std::ostream& out,
            std::ostream& err) {
  StatusOr<std::string> text = app::ReadPolicyFile(path);
  if (!text.ok()) {
    err << path << ": " << Message(text.status()) << "\n";
    tally.unusable = true;
    return;
  }
  policy::FixtureResult result =
      policy::RunFixture({path, *std::move(text)}, app::ReadPolicyFile);
  PrintIssues(result.issues, err);
  tally.unusable |= HasErrors(result.issues);
  for (const policy::CaseResult& one : result.cases) {
    ++(one.passed ? tally.passed : tally.failed);
    if (json) {
      out << CaseToJson(path, one) << "\n";
    } else if (!one.passed) {
      out << FailureLine(path, one) << "\n";
    }
  }
}

}  // namespace

int PolicyCheck(const std::vector<std::string>& files, bool json,
                std::ostream& out, std::ostream& err) {
  app::PolicyFiles read = app::ReadPolicyFiles(files);
  policy::Loaded loaded = policy::Load(read.texts);
  Issues issues = std::move(read.unreadable);
  issues.insert(issues.end(), loaded.issues.begin(), loaded.issues.end());
  bool fine = !HasErrors(issues);
  std::string hash = fine ? loaded.program->hash() : "";
  if (json) {
    out << CheckToJson(issues, hash) << "\n";
    return fine ? kFine : kUnusable;
  }
  PrintIssues(issues, err);
  if (!fine) {
    err << Count(issues.size(), "problem") << " in "
        << Count(read.texts.size(), "file") << "\n";
    return kUnusable;
  }
  out << "fine: " << Count(loaded.program->rules().size(), "rule") << " in "
      << Count(read.texts.size(), "file") << ", policy hash " << hash << "\n";
  if (!loaded.program->has_policies()) {
    out << "no RoutingPolicy or ClusterRoutingPolicy among them: every call "
           "would be refused\n";
  }
  return kFine;
}

int PolicyTest(const std::vector<std::string>& files, bool json,
               std::ostream& out, std::ostream& err) {
  Tally tally;
  for (const std::string& path : FindPolicyTests(files)) {
    RunOne(path, json, tally, out, err);
  }
  if (!json) {
    out << tally.passed << " passed, " << tally.failed << " failed\n";
  }
  if (tally.unusable) return kUnusable;
  return tally.failed > 0 ? kNo : kFine;
}

std::shared_ptr<const policy::Program> LoadPolicyFiles(
    const std::vector<std::string>& files, std::ostream& err) {
  app::PolicyFiles read = app::ReadPolicyFiles(files);
  policy::Loaded loaded = policy::Load(read.texts);
  PrintIssues(read.unreadable, err);
  PrintIssues(loaded.issues, err);
  return read.unreadable.empty() ? loaded.program : nullptr;
}

int PolicyExplain(const policy::Program& program, const ExplainRequest& request,
                  std::ostream& out) {
  bool some = false;
  std::vector<PeerExplanation> peers;
  for (const policy::Candidate& candidate : request.candidates) {
    peers.push_back({std::string(candidate.peer),
                     policy::Explain(program, request.call, candidate.path)});
    some |= peers.back().explanation.verdict == Verdict::kPermit;
  }
  std::optional<policy::NearestCandidate> nearest;
  if (!some) {
    nearest = policy::NearestOf(program, request.call, request.candidates);
  }
  if (request.json) {
    out << ExplanationToJson(request.call, peers, nearest) << "\n";
    return some ? kFine : kNo;
  }
  for (const PeerExplanation& peer : peers) {
    out << peer.peer << ": " << policy::Render(peer.explanation);
  }
  if (peers.empty()) {
    out << "nobody serves '" << request.call.callee << "'\n";
  }
  if (nearest) {
    out << "nearest: " << nearest->peer << ", which fails\n";
    for (const std::string& failed : nearest->failed) {
      out << "  " << failed << "\n";
    }
  }
  return some ? kFine : kNo;
}

}  // namespace herald::cli
