// SPDX-License-Identifier: Apache-2.0
//
// Peers from a YAML file, read again whenever the file may have changed. A new
// file that has an error in it is refused whole and the last good one stays in
// force: half a file could send data to where it must not go.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "core/base/file_access.h"
#include "discovery/source.h"

namespace herald::discovery {

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
