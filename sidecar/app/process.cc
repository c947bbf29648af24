// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/process.h"

#include <cstdlib>
#include <optional>
#include <string>

#include "core/base/text_file.h"

namespace herald::app {

kubernetes::Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
  };
}

kubernetes::ReadFile ProcessFiles() {
  return [](const std::string& path) { return ReadTextFile(path); };
}

}  // namespace herald::app
