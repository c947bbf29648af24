// SPDX-License-Identifier: Apache-2.0
//
// The policy files of the configuration, and the objects of clusters: read at
// the start and again when they are replaced, their seals checked, and offered
// to the rollout. A broken new text keeps the last good program; the log, the
// metrics and readiness say so.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/base/issue.h"
#include "core/base/log.h"
#include "core/base/metrics.h"
#include "core/base/status.h"
#include "core/net/asio_loop.h"
#include "core/net/file_watch.h"
#include "sidecar/app/policy_objects.h"
#include "sidecar/app/policy_rollout.h"
#include "sidecar/app/seals.h"

namespace herald::app {

// Owned by Sidecar; borrows all it is given. One thread.
class PolicySource {
 public:
  // Files that changed so lately may still be being written.
  static constexpr Duration kQuiet = std::chrono::milliseconds(30);
  // Whoever writes all the time is read all the same.
  static constexpr int kMostWaits = 50;

  struct Options {
    std::vector<std::string> paths;
    Signers signers;
    // Texts that lie in clusters; may be null.
    PolicyObjects* objects = nullptr;
    // Told the meters that a program names before it is offered.
    std::function<void(const std::vector<std::string>&)> prepare_meters;
  };
  PolicySource(net::AsioLoop& loop, Log& log, Metrics& metrics,
               PolicyRollout& rollout, Options options);
  ~PolicySource();

  // Reads and watches. An error when the first program cannot be made: a
  // sidecar does not start with a policy nobody can read.
  Status Start();

  // The issues of the latest texts, rendered; empty when all is well.
  const std::string& problem() const { return problem_; }
  // Clusters whose objects were never read, and why; until then every call is
  // refused, since what is missing could be what forbids.
  const std::string& awaited() const { return awaited_; }
  // What keeps objects that were read from being up to date; empty: nothing.
  std::string stale() const;

 private:
  Status Watch(const std::string& path);
  bool StillWritten() const;
  void OnFiles();
  void OnObjects();
  void Reload();
  // False when what was read is not sound.
  bool Load();
  void Refuse(std::string problem);

  net::AsioLoop& loop_;
  Log& log_;
  PolicyRollout& rollout_;
  const Options options_;
  Counter& failures_;
  Gauge& refused_;
  std::vector<std::unique_ptr<net::FileWatch>> watches_;
  std::vector<policy::SourceText> offered_;  // the latest sound texts
  bool any_offered_ = false;
  std::string problem_;
  std::string awaited_;
  TimerId waiting_ = 0;
  int waits_ = 0;
};

// The names of the meters that some rule of `program` raises.
std::vector<std::string> MetersOf(const policy::Program& program);

}  // namespace herald::app
