// SPDX-License-Identifier: Apache-2.0
//
// Policy files as people name them: files as they are, and folders whose
// *.yaml and *.yml are meant, in order of name. The sidecar and the command
// line read them here, so that what is tested is what is enforced.
#pragma once

#include <string>
#include <vector>

#include "core/base/issue.h"
#include "core/base/status.h"
#include "policy/load.h"

namespace herald::app {

// `path` itself, or what the folder of that name holds. A folder that cannot
// be listed is an error and not an empty one: the rules in it would be gone.
StatusOr<std::vector<std::string>> ExpandPolicyPath(const std::string& path);

// Every policy text of `paths`. The error names the path; the first one ends
// it.
StatusOr<std::vector<policy::SourceText>> ReadPolicies(
    const std::vector<std::string>& paths);

// The same for people, who want every problem at once.
struct PolicyFiles {
  std::vector<policy::SourceText> texts;
  Issues unreadable;
};
PolicyFiles ReadPolicyFiles(const std::vector<std::string>& paths);

// One file. The error does not repeat the path.
StatusOr<std::string> ReadPolicyFile(const std::string& path);

}  // namespace herald::app
