// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/policy_diff_command.h"

#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "policy/diff.h"
#include "policy/evaluate.h"
#include "policy/print_case.h"
#include "sidecar/app/policy_files.h"
#include "sidecar/cli/decision_lines.h"
#include "sidecar/cli/logged_calls.h"
#include "sidecar/cli/policy_json.h"

namespace herald::cli {
namespace {

using policy::Flip;
using policy::Verdict;

// More ids than these are only counted.
constexpr size_t kShownCalls = 20;

// One of the two sets, kept alive.
struct Side {
  app::PolicyFiles files;
  policy::Reading reading;
  std::shared_ptr<const policy::Program> program;

  // False after the problems were printed.
  bool Load(const std::string& path, std::ostream& err) {
    files = app::ReadPolicyFiles({path});
    reading = policy::Read(files.texts);
    err << Render(files.unreadable);
    if (!files.unreadable.empty() || HasErrors(reading.issues)) {
      err << Render(reading.issues);
      return false;
    }
    program = policy::CompileReading(reading, files.texts, policy::kAsASidecar);
    return true;
  }
  policy::Judgement judgement() const { return {&reading, program.get()}; }
};

std::string Join(const std::vector<std::string>& texts) {
  std::string out;
  for (const std::string& text : texts) {
    out += (out.empty() ? "" : ", ") + text;
  }
  return out;
}

std::string Count(size_t count, const char* noun) {
  return std::to_string(count) + " " + noun +
         (count == 1                         ? ""
          : noun[0] == 'c' && noun[1] == 'l' ? "es"
                                             : "s");
}

// Asks of both sides what the log's calls asked.
Status Replay(const std::string& log, const Side& before, const Side& after,
              LoggedFlips& flips) {
  std::set<std::string> permitted;
  std::set<std::string> denied;
  HERALD_RETURN_IF_ERROR(ReadDecisionLines(log, [&](std::string_view text) {
    auto line = json::Parse(text);
    if (!line || !line->is_object()) return;
    auto question = QuestionOf(line->get_object());
    if (!question) return;
    ++flips.decisions;
    std::vector<policy::Node> nodes = question->nodes();
    policy::Path path{nodes, question->keys_held_in};
    policy::Call call = question->call();
    bool was = Evaluate(*before.program, call, path).allowed();
    bool is = Evaluate(*after.program, call, path).allowed();
    if (was != is) (is ? permitted : denied).insert(question->name);
  }));
  flips.newly_permitted.assign(permitted.begin(), permitted.end());
  flips.newly_denied.assign(denied.begin(), denied.end());
  return absl::OkStatus();
}

std::string WhyDenied(const Flip& flip) {
  std::string why;
  if (!flip.unpermitted.empty()) {
    why = "no rule permits " + Join(flip.unpermitted);
    if (!flip.denied_by.empty()) why += "; closest " + Join(flip.denied_by);
    return why;
  }
  if (!flip.reason.empty()) why = flip.reason;
  if (!flip.denied_by.empty()) {
    why += (why.empty() ? "" : ": ") + Join(flip.denied_by);
  }
  return why;
}

void PrintFlip(const Flip& flip, std::ostream& out) {
  bool opens = flip.now == Verdict::kPermit;
  out << (opens ? "Deny -> Permit" : "Permit -> Deny") << ", "
      << Count(flip.classes, "class") << "\n  denied "
      << (opens ? "before: " : "now: ") << WhyDenied(flip) << "\n";
  if (!flip.permitted_by.empty()) {
    out << "  permitted " << (opens ? "now" : "before") << " by "
        << Join(flip.permitted_by) << "\n";
  }
  out << "  such as\n" << policy::PrintCase(flip.witness, "    ");
}

void PrintCalls(const char* what, const std::vector<std::string>& calls,
                std::ostream& out) {
  if (calls.empty()) return;
  out << "  " << calls.size() << " newly " << what << ":";
  for (size_t i = 0; i < calls.size() && i < kShownCalls; ++i) {
    out << " " << Disarmed(calls[i]);
  }
  if (calls.size() > kShownCalls) {
    out << " and " << calls.size() - kShownCalls << " more";
  }
  out << "\n";
}

void PrintDiff(const policy::PolicyDiff& diff, std::ostream& out) {
  for (const Flip& flip : diff.flips) PrintFlip(flip, out);
  out << (diff.flips.empty() ? "no verdict flips" : "verdicts flip") << ": "
      << diff.newly_permitted << " of " << diff.calls << " x " << diff.paths
      << " classes of calls and paths newly permitted, " << diff.newly_denied
      << " newly denied\n";
  for (const std::string& bound : diff.bounds) {
    out << "not all were looked at: " << bound << "\n";
  }
}

}  // namespace

int PolicyDiff(const PolicyDiffArguments& args, std::ostream& out,
               std::ostream& err) {
  Side before;
  Side after;
  bool usable = before.Load(args.before, err);
  usable &= after.Load(args.after, err);
  if (!usable) return kUnusable;
  LoggedFlips logged;
  if (!args.log.empty()) {
    Status read = Replay(args.log, before, after, logged);
    if (!read.ok()) {
      err << "herald: " << Message(read) << "\n";
      return kUnusable;
    }
  }
  policy::PolicyDiff diff = policy::Diff(before.judgement(), after.judgement());
  if (args.json) {
    for (const Flip& flip : diff.flips) out << FlipToJson(flip) << "\n";
    out << DiffToJson(diff, args.log.empty() ? nullptr : &logged) << "\n";
  } else {
    PrintDiff(diff, out);
    if (!args.log.empty()) {
      size_t calls = logged.newly_permitted.size() + logged.newly_denied.size();
      out << "of " << Count(logged.decisions, "logged decision") << " "
          << Count(calls, "call") << " would flip\n";
      PrintCalls("permitted", logged.newly_permitted, out);
      PrintCalls("denied", logged.newly_denied, out);
    }
  }
  if (diff.newly_permitted > 0 || !logged.newly_permitted.empty()) {
    return kOpens;
  }
  return diff.newly_denied > 0 || !logged.newly_denied.empty() ? kNo : kFine;
}

}  // namespace herald::cli
