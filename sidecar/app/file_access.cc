// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/file_access.h"

#include <memory>
#include <utility>

#include "core/base/text_file.h"
#include "core/net/file_watch.h"

namespace herald::app {

FileAccess FilesOn(net::AsioLoop& loop) {
  return {
      .read = [](const std::string& path) { return ReadTextFile(path); },
      .watch = [&loop](const std::string& path, std::function<void()> changed)
          -> StatusOr<std::shared_ptr<void>> {
        auto watch = net::FileWatch::Open(loop, path, std::move(changed));
        if (!watch.ok()) return watch.status();
        return std::shared_ptr<void>(std::move(*watch));
      }};
}

}  // namespace herald::app
