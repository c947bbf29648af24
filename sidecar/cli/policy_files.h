// SPDX-License-Identifier: Apache-2.0
//
// Policy files as the command line names them: files, and folders whose *.yaml
// and *.yml are meant.
#pragma once

#include <string>
#include <vector>

#include "core/base/issue.h"
#include "core/base/status.h"
#include "policy/load.h"

namespace herald::cli {

struct PolicyFiles {
  std::vector<policy::SourceText> texts;
  Issues unreadable;
};

// All of them, in order of name within a folder.
PolicyFiles ReadPolicyFiles(const std::vector<std::string>& paths);

// Files as they are; of folders those files that hold a PolicyTest.
std::vector<std::string> FindPolicyTests(const std::vector<std::string>& paths);

// The error does not repeat the path.
StatusOr<std::string> ReadPolicyFile(const std::string& path);

}  // namespace herald::cli
