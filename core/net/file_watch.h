// SPDX-License-Identifier: Apache-2.0
//
// Tells when a file may have changed, however it was changed: written in
// place, replaced by a rename, or swapped under it as Kubernetes does with the
// `..data` symbolic link of a mounted ConfigMap. What is watched is the
// file's folder, because a watch on the file itself would follow the old
// file into oblivion. Several changes of one moment are told once, and a
// change is told even if the file's content stayed the same: the reader
// compares.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/status.h"
#include "core/net/asio_loop.h"

namespace herald::net {

// Owned by whoever reads the file; destroyed before the loop. `changed` runs
// on the loop, never from inside Open, and may destroy the watch.
class FileWatch {
 public:
  // How long it waits for a burst of changes to end: an editor's save is
  // several events. A slow writer may still be in the middle: its last word is
  // told again once it closes the file.
  static constexpr Duration kSettle = std::chrono::milliseconds(20);

  // The file need not exist yet; its folder must. A path that is a folder is
  // watched for any change of the files in it.
  static StatusOr<std::unique_ptr<FileWatch>> Open(
      AsioLoop& loop, const std::string& path, std::function<void()> changed);
  ~FileWatch();
  FileWatch(const FileWatch&) = delete;
  FileWatch& operator=(const FileWatch&) = delete;

 private:
  struct Descriptor;
  explicit FileWatch(std::shared_ptr<Descriptor> descriptor)
      : descriptor_(std::move(descriptor)) {}
  static void Await(const std::shared_ptr<Descriptor>& self);
  static void Settle(const std::shared_ptr<Descriptor>& self);

  std::shared_ptr<Descriptor> descriptor_;
};

}  // namespace herald::net
