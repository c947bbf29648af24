// SPDX-License-Identifier: Apache-2.0
//
// Certificate, key and trust from files, read again when they change, however
// they are replaced. Certificate and key may stand in one file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/event_loop.h"
#include "core/base/file_access.h"
#include "core/base/log.h"
#include "sidecar/identity/source.h"

namespace herald::identity {

class FileSource final : public Source {
 public:
  // Files are replaced one after the other, so for a moment they may not fit.
  // Only what lasts so long is a problem.
  static constexpr Duration kPatience = std::chrono::milliseconds(500);

  FileSource(EventLoop& loop, Log& log, net::IdentityFiles files,
             FileAccess access);
  ~FileSource() override;

  // What the files hold now. Errors begin with a file's name.
  StatusOr<net::IdentityPtr> Load();

  // From then on changes of what Load has read are told.
  void Listen(SourceEvents& events) override;
  const std::string& place() const override { return files_.certificate; }

 private:
  void Watch(const std::string& path);
  // `patient`: a problem may be one of the moment.
  void Reload(bool patient);
  StatusOr<net::IdentityFiles> Read() const;

  EventLoop& loop_;
  Log& log_;
  const net::IdentityFiles files_;
  const FileAccess access_;
  SourceEvents* events_ = nullptr;
  net::IdentityFiles texts_;  // as told last, good or not
  std::vector<std::shared_ptr<void>> watches_;
  TimerId retry_timer_ = 0;
};

}  // namespace herald::identity
