// SPDX-License-Identifier: Apache-2.0
//
// The one binary: reads the command line and hands it to a command.
#include <iostream>
#include <variant>

#include "core/net/asio_loop.h"
#include "sidecar/cli/arguments.h"
#include "sidecar/cli/ask_command.h"
#include "sidecar/cli/call_command.h"
#include "sidecar/cli/certs_command.h"
#include "sidecar/cli/config_command.h"
#include "sidecar/cli/dev_command.h"
#include "sidecar/cli/directory_command.h"
#include "sidecar/cli/drain_command.h"
#include "sidecar/cli/explain_call_command.h"
#include "sidecar/cli/explain_command.h"
#include "sidecar/cli/inject_command.h"
#include "sidecar/cli/injector_command.h"
#include "sidecar/cli/policy_admin_command.h"
#include "sidecar/cli/policy_command.h"
#include "sidecar/cli/policy_diff_command.h"
#include "sidecar/cli/policy_lint_command.h"
#include "sidecar/cli/policy_sign_command.h"
#include "sidecar/cli/policy_test_command.h"
#include "sidecar/cli/route_command.h"
#include "sidecar/cli/sidecar_command.h"
#include "sidecar/cli/version_command.h"

namespace herald::cli {
namespace {

// One command each.
struct Run {
  std::ostream& out = std::cout;
  std::ostream& err = std::cerr;
  WallTime now = net::AsioLoop().WallNow();

  int operator()(const SidecarArguments& args) { return RunSidecar(args, err); }
  int operator()(const ConfigCheckArguments& args) {
    return ConfigCheck(args, now, out, err);
  }
  int operator()(const CertsInitArguments& args) {
    return CertsInit(args, now, out, err);
  }
  int operator()(const CertsIssueArguments& args) {
    return CertsIssue(args, now, out, err);
  }
  int operator()(const DevArguments& args) { return Dev(args, out, err); }
  int operator()(const CallArguments& args) { return Call(args, out, err); }
  int operator()(const AgentsArguments& args) { return Agents(args, out, err); }
  int operator()(const PeersArguments& args) { return Peers(args, out, err); }
  int operator()(const RouteExplainArguments& args) {
    return RouteExplain(args, out, err);
  }
  int operator()(const DirectoryArguments& args) {
    return RunDirectory(args, err);
  }
  int operator()(const DrainArguments& args) { return Drain(args, out, err); }
  int operator()(const PolicyCheckArguments& args) {
    return PolicyCheck(args.files, args.json, out, err);
  }
  int operator()(const PolicyLintArguments& args) {
    return PolicyLint(args, now, out, err);
  }
  int operator()(const PolicyPrintArguments& args) {
    return PolicyPrint(args, out, err);
  }
  int operator()(const PolicyTestArguments& args) {
    return PolicyTest(args, out, err);
  }
  int operator()(const PolicyDiffArguments& args) {
    return PolicyDiff(args, out, err);
  }
  int operator()(const PolicyExplainArguments& args) {
    if (args.config.empty()) return ExplainByAsking(args, out, err);
    return ExplainByConfig(args, now, out, err);
  }
  int operator()(const PolicyShowArguments& args) {
    return PolicyShow(args, out, err);
  }
  int operator()(const PolicyRollbackArguments& args) {
    return PolicyRollback(args, out, err);
  }
  int operator()(const PolicyKeyArguments& args) {
    return PolicyKey(args, out, err);
  }
  int operator()(const PolicySignArguments& args) {
    return PolicySign(args, out, err);
  }
  int operator()(const ExplainCallArguments& args) {
    return ExplainCall(args, out, err);
  }
  int operator()(const InjectArguments& args) {
    return Inject(args, std::cin, out, err);
  }
  int operator()(const InjectorArguments& args) {
    return RunInjector(args, err);
  }
  int operator()(const VersionArguments& args) { return Version(args, out); }
};

}  // namespace
}  // namespace herald::cli

int main(int argc, char** argv) {
  auto parsed = herald::cli::ParseArguments(argc, argv, std::cout, std::cerr);
  if (const int* code = std::get_if<int>(&parsed)) return *code;
  return std::visit(herald::cli::Run{},
                    std::get<herald::cli::Arguments>(parsed));
}
