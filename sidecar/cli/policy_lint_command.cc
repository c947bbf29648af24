// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/policy_lint_command.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "core/base/calendar.h"
#include "core/base/text_file.h"
#include "discovery/peers_file.h"
#include "discovery/snapshot.h"
#include "policy/lint.h"
#include "policy/parse.h"
#include "policy/print.h"
#include "sidecar/app/policy_files.h"
#include "sidecar/call/authorize.h"
#include "sidecar/cli/policy_json.h"

namespace herald::cli {
namespace {

// The peers of a file as lint looks at them; owns what its views show.
class Fleet {
 public:
  // False after the problems were printed.
  bool Read(const std::string& file, std::ostream& err) {
    auto text = ReadTextFile(file);
    if (!text.ok()) {
      err << "herald: " << Message(text.status()) << "\n";
      return false;
    }
    discovery::PeersFile parsed =
        discovery::ParsePeersFile(file, *std::move(text));
    err << Render(parsed.issues);
    if (HasErrors(parsed.issues)) return false;
    std::vector<discovery::EndpointPtr> peers;
    for (discovery::Endpoint& peer : parsed.peers) {
      peers.push_back(
          std::make_shared<const discovery::Endpoint>(std::move(peer)));
    }
    snapshot_.emplace(1, std::move(peers));
    for (const auto& peer : snapshot_->peers()) Add(*peer);
    return true;
  }

  const std::vector<policy::LintPeer>& peers() const { return peers_; }

 private:
  void Add(const discovery::Endpoint& peer) {
    policy::LintPeer& added = peers_.emplace_back();
    added.name = peer.name;
    for (const auto& agent : peer.agents) {
      added.agents.push_back({agent.name, agent.skills});
    }
    call::PathNodes path = call::PathTo(peer, *snapshot_);
    added.path.assign(path.begin(), path.end());
  }

  std::optional<discovery::Snapshot> snapshot_;
  std::vector<policy::LintPeer> peers_;
};

std::string Count(size_t count, const char* noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

int PrintFindings(const policy::Linted& linted, size_t files, bool json,
                  std::ostream& out) {
  for (const policy::Finding& finding : linted.findings) {
    out << (json ? FindingToJson(finding) + "\n" : policy::Render(finding));
  }
  size_t count = linted.findings.size();
  if (!json) {
    out << (count == 0 ? "nothing found" : Count(count, "finding")) << " in "
        << Count(files, "file") << "\n";
  }
  return count == 0 ? kFine : kNo;
}

}  // namespace

int PolicyLint(const PolicyLintArguments& args, WallTime now, std::ostream& out,
               std::ostream& err) {
  policy::LintOptions options{.now = now};
  if (!args.today.empty()) {
    std::optional<WallTime> day = ParseDate(args.today);
    if (!day) {
      err << "herald: --today '" << args.today
          << "' is no date; such as 2026-11-21\n";
      return kUnusable;
    }
    options.now = *day;
  }
  Fleet fleet;
  if (!args.peers.empty()) {
    if (!fleet.Read(args.peers, err)) return kUnusable;
    options.peers = &fleet.peers();
  }
  app::PolicyFiles read = app::ReadPolicyFiles(args.files);
  policy::Linted linted = policy::Lint(read.texts, options);
  Issues issues = std::move(read.unreadable);
  for (const Issue& issue : linted.issues) {
    if (issue.severity == Issue::Severity::kError) issues.push_back(issue);
  }
  if (issues.empty()) {
    return PrintFindings(linted, read.texts.size(), args.json, out);
  }
  if (!args.json) err << Render(issues);
  for (const Issue& issue : issues) {
    if (args.json) out << ErrorToJson(issue) << "\n";
  }
  return kUnusable;
}

int PolicyPrint(const PolicyPrintArguments& args, std::ostream& out,
                std::ostream& err) {
  app::PolicyFiles read = app::ReadPolicyFiles(args.files);
  Issues issues = std::move(read.unreadable);
  policy::PolicySet set;
  for (size_t i = 0; i < read.texts.size(); ++i) {
    yaml::Problems problems(read.texts[i].name, read.texts[i].text);
    policy::Parse(problems, i, set);
    Issues found = problems.issues();
    issues.insert(issues.end(), found.begin(), found.end());
  }
  err << Render(issues);
  if (HasErrors(issues)) return kUnusable;
  std::string text = policy::Print(set);
  if (text.empty() && set.overrides.size() == 1) {
    text = policy::Print(set.overrides[0]);
  } else if (!set.overrides.empty()) {
    err << "herald: Overrides are left out: each stands in a file of its own, "
           "and is printed alone\n";
  }
  out << text;
  return kFine;
}

}  // namespace herald::cli
