// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/config_command.h"

#include <string>

#include "core/json/json.h"
#include "sidecar/app/check_config.h"
#include "sidecar/app/process.h"

namespace herald::cli {
namespace {

std::string Count(size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

json::Object ToJson(const Issue& issue) {
  const bool error = issue.severity == Issue::Severity::kError;
  return {{"severity", error ? "error" : "warning"},
          {"file", issue.file},
          {"line", issue.at.line},
          {"column", issue.at.column},
          {"text", issue.text},
          {"hint", issue.hint}};
}

void PrintJson(const app::CheckedConfig& checked, std::ostream& out) {
  for (const Issue& issue : checked.issues) {
    out << json::Serialize(ToJson(issue)) << "\n";
  }
  const json::Object summary = {{"ok", !HasErrors(checked.issues)},
                                {"node", checked.config.node.name},
                                {"identity", checked.identity},
                                {"agents", checked.config.agents.size()},
                                {"peers", checked.peers},
                                {"policyTexts", checked.policy_texts}};
  out << json::Serialize(summary) << "\n";
}

void PrintText(const app::CheckedConfig& checked, std::ostream& out,
               std::ostream& err) {
  err << Render(checked.issues);
  if (HasErrors(checked.issues)) return;
  out << checked.config.file << " is fine: " << checked.config.node.name
      << " as " << checked.identity << ", "
      << Count(checked.config.agents.size(), "agent") << ", "
      << Count(checked.peers, "peer") << ", "
      << Count(checked.policy_texts, "policy file") << "\n";
}

}  // namespace

int ConfigCheck(const ConfigCheckArguments& arguments, WallTime now,
                std::ostream& out, std::ostream& err) {
  const app::CheckedConfig checked = app::CheckConfig(
      arguments.config, now, kubernetes::ReadPod(app::ProcessEnvironment()));
  if (arguments.json) {
    PrintJson(checked, out);
  } else {
    PrintText(checked, out, err);
  }
  return HasErrors(checked.issues) ? kUnusable : kFine;
}

}  // namespace herald::cli
