// SPDX-License-Identifier: Apache-2.0
#include <string>

#include "CLI/CLI.hpp"
#include "core/base/spiffe_id.h"
#include "sidecar/cli/command_table.h"

namespace herald::cli {
namespace {

// Empty for a SPIFFE id. A caller that is none would match no pattern, and the
// answer would be about nobody.
std::string WhatSpiffeIdLacks(const std::string& text) {
  auto id = SpiffeId::Parse(text);
  if (id.ok()) return "";
  return "'" + text + "' is no SPIFFE id: " + Message(id.status()) +
         "; such as spiffe://acme.example/agent/planner";
}

void AddPolicyTools(CommandTable& table, CLI::App& group) {
  CLI::App* lint = nullptr;
  auto& linted = table.Add<PolicyLintArguments>(
      group, "lint",
      "find what policies permit to be written and nobody means; exits 1 with "
      "findings",
      "herald policy lint policies/ --peers peers.yaml --today 2027-02-01",
      lint);
  lint->add_option("files", linted.files, "files or folders")->required();
  lint->add_option("--peers", linted.peers,
                   "a peers file: find permits that none of them meets");
  lint->add_option("--today", linted.today,
                   "judge dates by this day (default: today, UTC)");
  CommandTable::AddJson(*lint, linted.json);

  CLI::App* print = nullptr;
  auto& printed = table.Add<PolicyPrintArguments>(
      group, "print", "print policies as canonical text, without comments",
      "herald policy print policy.yaml schema.yaml", print);
  print->add_option("files", printed.files, "files or folders")->required();
}

void AddPolicyAdmin(CommandTable& table, CLI::App& group) {
  CLI::App* show = nullptr;
  auto& shown = table.Add<PolicyShowArguments>(
      group, "show",
      "the policy that the running sidecar enforces: hash, since when, from "
      "where, what is held or refused, open windows, meters",
      "herald policy show --admin 127.0.0.1:15000", show);
  show->add_flag("--texts", shown.texts, "print the policy texts as well");
  CommandTable::AddJson(*show, shown.json);
  CommandTable::AddAdmin(*show, shown.admin);

  CLI::App* rollback = nullptr;
  auto& back = table.Add<PolicyRollbackArguments>(
      group, "rollback",
      "put the policy before the present one in force, until the policy files "
      "change",
      "herald policy rollback --to 3fa1b2c4", rollback);
  rollback->add_option("--to", back.to,
                       "the beginning of a hash in the history that 'herald "
                       "policy show' lists");
  CommandTable::AddJson(*rollback, back.json);
  CommandTable::AddAdmin(*rollback, back.admin);
}

void AddSeals(CommandTable& table, CLI::App& group) {
  CLI::App* key = nullptr;
  auto& made = table.Add<PolicyKeyArguments>(
      group, "key", "make a key that signs Overrides: NAME.key and NAME.pub",
      "herald policy key ops", key);
  key->add_option("name", made.name, "NAME for NAME.key and NAME.pub")
      ->required();
  CommandTable::AddJson(*key, made.json);

  CLI::App* sign = nullptr;
  auto& sealed = table.Add<PolicySignArguments>(
      group, "sign", "seal a file with an Override: makes FILE.sig",
      "herald policy sign inc-4711.yaml --key ops.key", sign);
  sign->add_option("file", sealed.file, "the file to seal")->required();
  sign->add_option("--key", sealed.key, "the private key, NAME.key")
      ->required();
  sign->add_flag("--object", sealed.object,
                 "print the Override with its seal as an annotation, to be "
                 "piped into kubectl apply -f -");
  CommandTable::AddJson(*sign, sealed.json);
}

void AddPolicyDiff(CommandTable& table, CLI::App& group) {
  CLI::App* command = nullptr;
  auto& args = table.Add<PolicyDiffArguments>(
      group, "diff",
      "whose verdict a change of policy flips; exits 0 without any, 1 when "
      "calls are only newly denied, 4 when some are newly permitted",
      "herald policy diff policies/ changed/ --log planner.decisions.jsonl",
      command);
  command->add_option("before", args.before, "a file or a folder")->required();
  command->add_option("after", args.after, "a file or a folder")->required();
  command->add_option("--log", args.log,
                      "a decision log (with FILE.1 and on): which of its "
                      "calls would flip");
  CommandTable::AddJson(*command, args.json);
}

}  // namespace

void AddPolicy(CommandTable& table) {
  CLI::App& group = table.Group("policy", "check, test and explain policies");
  CLI::App* check = nullptr;
  auto& checked = table.Add<PolicyCheckArguments>(
      group, "check", "check policy files; all problems at once",
      "herald policy check policy.yaml schema.yaml", check);
  check->add_option("files", checked.files, "files or folders")->required();
  CommandTable::AddJson(*check, checked.json);

  AddPolicyTools(table, group);
  AddPolicyAdmin(table, group);
  AddSeals(table, group);
  AddPolicyDiff(table, group);

  CLI::App* test = nullptr;
  auto& tested = table.Add<PolicyTestArguments>(
      group, "test", "run PolicyTest files",
      "herald policy test tests/ --coverage --junit report.xml", test);
  test->add_option("files", tested.files, "PolicyTest files, or folders")
      ->required();
  CommandTable::AddJson(*test, tested.json);
  test->add_option("--junit", tested.junit, "write a JUnit XML file, too");
  test->add_flag("--coverage", tested.coverage,
                 "say which rules and atoms the tests do not cover");
  test->add_flag("--require-coverage", tested.require_coverage,
                 "exit 1 where some are not covered");

  CLI::App* explain = nullptr;
  auto& args = table.Add<PolicyExplainArguments>(
      group, "explain",
      "which peers a call may go to, which rules decide, and what is missing",
      "herald policy explain --caller "
      "spiffe://acme.example/agent/planner --agent summarizer --label "
      "personal --config planner.yaml",
      explain);
  explain
      ->add_option("--caller", args.caller,
                   "SPIFFE id of the caller (default: this sidecar's own)")
      ->check(WhatSpiffeIdLacks);
  explain->add_option("--agent", args.agent, "the agent called")->required();
  explain->add_option("--skill", args.skill, "the skill asked for");
  explain->add_option("--label", args.labels, "a label; may be repeated");
  explain->add_option("--purpose", args.purpose, "the purpose");
  explain->add_option("--legal-basis", args.legal_basis, "the legal basis");
  explain->add_option("--endorsement", args.endorsements,
                      "an endorsement; may be repeated");
  explain->add_option("--config", args.config,
                      "judge by this configuration's files instead of asking "
                      "a running sidecar");
  CommandTable::AddJson(*explain, args.json);
  CommandTable::AddAdmin(*explain, args.admin);
}

}  // namespace herald::cli
