// SPDX-License-Identifier: Apache-2.0
//
// What a command line lacks, in the words of whoever typed it.
#pragma once

#include <string>

#include "CLI/CLI.hpp"

namespace herald::cli {

// "herald policy: no command 'chek'; did you mean 'check'?\n        herald
// policy --help tells the commands\n". `root` is what parsed the line.
std::string WhatIsWrong(const CLI::App* root, const CLI::Error& error);

}  // namespace herald::cli
