// SPDX-License-Identifier: Apache-2.0
//
// The policy files of the configuration, read into the policy store and read
// again when they are replaced. A broken new text keeps the last good program;
// the log, the metrics and readiness say so.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/issue.h"
#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/base/status.h"
#include "core/net/asio_loop.h"
#include "core/net/file_watch.h"
#include "policy/store.h"

namespace herald::app {

// Owned by Sidecar; borrows all it is given. One thread.
class PolicySource {
 public:
  PolicySource(net::AsioLoop& loop, Log& log, Metrics& metrics,
               policy::Store& store, std::vector<std::string> paths);

  // Reads and watches. An error when the first program cannot be made: a
  // sidecar does not start with a policy nobody can read.
  Status Start();

  // The texts in force, each under a comment that names its file.
  std::string InForce() const;

  // The issues of the latest texts, rendered; empty when all is well.
  const std::string& problem() const { return problem_; }

 private:
  void Reload();
  // False when what was read is not in force.
  bool Load();

  net::AsioLoop& loop_;
  Log& log_;
  policy::Store& store_;
  const std::vector<std::string> paths_;
  Counter& loads_;
  Counter& failures_;
  std::vector<std::unique_ptr<net::FileWatch>> watches_;
  std::vector<policy::SourceText> in_force_;
  std::string problem_;
};

}  // namespace herald::app
