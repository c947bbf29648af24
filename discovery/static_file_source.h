// SPDX-License-Identifier: Apache-2.0
//
// Peers from a YAML file, read again whenever the file may have changed. A new
// file that has an error in it is refused whole and the last good one stays in
// force: half a file could send data to where it must not go.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/status.h"
#include "discovery/source.h"

namespace herald::discovery {

// The world as this source needs it, handed in by app (core/base/text_file.h,
// core/net/file_watch.h) or by a test.
struct FileAccess {
  std::function<StatusOr<std::string>(const std::string& path)> read;
  // Runs `changed` after each change of the file, however it was replaced,
  // never from within; until the returned value is dropped.
  std::function<StatusOr<std::shared_ptr<void>>(const std::string& path,
                                                std::function<void()> changed)>
      watch;
};

// One owner (the Directory), one thread.
class StaticFileSource final : public Source {
 public:
  StaticFileSource(std::string path, FileAccess files);

  void Start(SourceSink* sink) override;
  void Stop() override;

 private:
  void Load();
  void Refuse(std::string problem);

  const std::string path_;
  const FileAccess files_;
  SourceSink* sink_ = nullptr;
  std::shared_ptr<void> watch_;
  std::string watch_problem_;
  std::optional<std::string> text_;  // as read last, good or not
  SourceStatus status_;
};

}  // namespace herald::discovery
