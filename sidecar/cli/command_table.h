// SPDX-License-Identifier: Apache-2.0
//
// How a command comes to be known to the parser. Of this folder's own concern,
// as CLI11 is.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "CLI/CLI.hpp"
#include "sidecar/cli/arguments.h"

namespace herald::cli {

// Keeps the struct of each command alive, and takes that of the one which the
// user named. Lives while the parser does.
class CommandTable {
 public:
  explicit CommandTable(CLI::App& root) : root_(root) {}

  CLI::App& root() { return root_; }
  const std::optional<Arguments>& chosen() const { return chosen_; }

  template <typename T>
  T& Add(CLI::App& parent, const std::string& name, const std::string& what,
         const std::string& example, CLI::App*& command) {
    command = parent.add_subcommand(name, what);
    command->footer("\nExample:\n  " + example);
    auto args = std::make_shared<T>();
    command->callback([this, args] { chosen_ = *args; });
    return *args;
  }

  // What commands share.
  CLI::App& Group(const std::string& name, const std::string& what) {
    CLI::App* group = root_.add_subcommand(name, what);
    group->require_subcommand(1);
    return *group;
  }
  static void AddJson(CLI::App& command, bool& json) {
    command.add_flag("--json", json, "print JSON, one object a line");
  }
  static void AddAdmin(CLI::App& command, std::string& admin) {
    admin = "127.0.0.1:15000";
    command
        .add_option("--admin", admin,
                    "HOST:PORT of the running sidecar's admin listener")
        ->capture_default_str();
  }

 private:
  CLI::App& root_;
  std::optional<Arguments> chosen_;
};

// `herald policy ...`.
void AddPolicy(CommandTable& table);

}  // namespace herald::cli
