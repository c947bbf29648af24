// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/policy_command.h"

#include <utility>

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
