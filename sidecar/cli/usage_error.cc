// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/usage_error.h"

#include <vector>

#include "core/base/issue.h"

namespace herald::cli {
namespace {

using Words = std::vector<std::string>;

// The command that the line got to.
struct Reached {
  const CLI::App* command;
  std::string name;  // "herald policy check"
};

Reached CommandReached(const CLI::App* root) {
  Reached out{root, root->get_name()};
  for (;;) {
    const auto parsed = out.command->get_subcommands();
    if (parsed.empty()) return out;
    out.command = parsed.front();
    out.name += " " + out.command->get_name();
  }
}

Words CommandsOf(const CLI::App& command) {
  Words out;
  for (const CLI::App* one :
       command.get_subcommands([](const CLI::App*) { return true; })) {
    out.push_back(one->get_name());
  }
  return out;
}

Words OptionsOf(const CLI::App& command) {
  Words out;
  for (const CLI::Option* one : command.get_options()) {
    for (const std::string& name : one->get_lnames())
      out.push_back("--" + name);
  }
  return out;
}

std::string NotKnown(const std::string& what, const std::string& word,
                     const Words& known) {
  const std::string nearest = Nearest(word, known);
  return "no " + what + " '" + word + "'" +
         (nearest.empty() ? "" : "; did you mean '" + nearest + "'?");
}

std::string Complaint(const CLI::App& command, const CLI::Error& error) {
  const Words unknown = command.remaining();
  const Words commands = CommandsOf(command);
  if (unknown.empty()) {
    return commands.empty() ? error.what() : "a command is missing";
  }
  const std::string& word = unknown.front();
  if (word.starts_with("-")) {
    return NotKnown("option", word, OptionsOf(command));
  }
  if (!commands.empty()) return NotKnown("command", word, commands);
  return "'" + word + "' is one word too many";
}

}  // namespace

std::string WhatIsWrong(const CLI::App* root, const CLI::Error& error) {
  const Reached at = CommandReached(root);
  const bool has_commands = !CommandsOf(*at.command).empty();
  return at.name + ": " + Complaint(*at.command, error) + "\n        " +
         at.name + " --help " +
         (has_commands ? "tells the commands" : "has an example") + "\n";
}

}  // namespace herald::cli
