// SPDX-License-Identifier: Apache-2.0
//
// The world of files as their readers need it, handed in by app
// (core/base/text_file.h, core/net/file_watch.h) or by a test.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/status.h"

namespace herald {

struct FileAccess {
  std::function<StatusOr<std::string>(const std::string& path)> read;
  // Runs `changed` after each change of the file, however it was replaced,
  // never from within; until the returned value is dropped.
  std::function<StatusOr<std::shared_ptr<void>>(const std::string& path,
                                                std::function<void()> changed)>
      watch;
};

}  // namespace herald
