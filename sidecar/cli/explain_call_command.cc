// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/explain_call_command.h"

#include <utility>
#include <vector>

#include "core/base/text_file.h"
#include "sidecar/app/config.h"
#include "sidecar/cli/admin_client.h"
#include "sidecar/cli/call_story.h"
#include "sidecar/cli/decision_lines.h"

namespace herald::cli {
namespace {

using Lines = std::vector<json::Object>;

// Where the sidecar of that configuration writes; empty after the problems
// were printed.
std::string LogOf(const std::string& config, std::ostream& err) {
  auto text = ReadTextFile(config);
  if (!text.ok()) {
    err << "herald: " << Message(text.status()) << "\n";
    return "";
  }
  app::ParsedConfig parsed = app::ParseConfig(config, *std::move(text));
  if (HasErrors(parsed.issues)) {
    err << Render(parsed.issues);
    return "";
  }
  return parsed.config.policy_settings.decision_log.file;
}

StatusOr<Lines> AskForLines(const ExplainCallArguments& args) {
  HERALD_ASSIGN_OR_RETURN(Asked asked,
                          Ask(args.admin, "GET", "/decisions/" + args.call));
  Lines lines;
  const json::Object* answer = asked.document.if_object();
  const json::Value* list = answer ? answer->if_contains("lines") : nullptr;
  if (list == nullptr || !list->is_array()) {
    return lines;  // 404: it knows nothing of the call
  }
  for (const json::Value& line : list->get_array()) {
    if (line.is_object()) lines.push_back(line.get_object());
  }
  return lines;
}

void PrintJson(const std::string& call, Lines lines, std::ostream& out) {
  bool permitted = WasPermitted(lines);
  json::Array array;
  for (json::Object& line : lines) array.push_back(std::move(line));
  out << json::Serialize(
             json::Object{{"call", json::View(call)},
                          {"verdict", permitted ? "Permit" : "Deny"},
                          {"lines", std::move(array)}})
      << "\n";
}

int Unknown(const ExplainCallArguments& args, const std::string& log,
            std::ostream& err) {
  err << "herald: nothing is recorded of call '" << args.call << "'"
      << (log.empty() ? " at " + args.admin : " in " + log)
      << "\n  Refused calls are, and permitted ones whose policy obliges to "
         "audit; with decisionLog: {all: true} every call is. The sidecars of "
         "both sides have a log.\n";
  return kUnusable;
}

}  // namespace

int ExplainCall(const ExplainCallArguments& args, std::ostream& out,
                std::ostream& err) {
  std::string log = args.log;
  if (log.empty() && !args.config.empty()) {
    log = LogOf(args.config, err);
    if (log.empty()) return kUnusable;
  }
  auto lines = log.empty() ? AskForLines(args) : LinesOfCall(log, args.call);
  if (!lines.ok()) {
    int code = Fail(lines.status(), err);
    return log.empty() ? code : kUnusable;
  }
  if (lines->empty()) return Unknown(args, log, err);
  bool permitted = WasPermitted(*lines);
  if (args.json) {
    PrintJson(args.call, *std::move(lines), out);
  } else {
    out << TellCall(*lines);
  }
  return permitted ? kFine : kNo;
}

}  // namespace herald::cli
