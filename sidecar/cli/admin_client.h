// SPDX-License-Identifier: Apache-2.0
//
// One question to a running sidecar's admin listener, for the commands that
// ask one.
#pragma once

#include <ostream>
#include <string>

#include "core/base/status.h"
#include "core/json/json.h"

namespace herald::cli {

struct Asked {
  int status = 0;  // HTTP
  std::string text;
  json::Value document;
};

// kInvalidArgument where `admin` is no address; kUnavailable where nobody
// answers there, or not in JSON.
StatusOr<Asked> Ask(const std::string& admin, const std::string& method,
                    const std::string& path, std::string body = "");

// Says why and gives the command's exit code.
int Fail(const Status& status, std::ostream& err);

}  // namespace herald::cli
