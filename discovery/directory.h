// SPDX-License-Identifier: Apache-2.0
//
// The one list of peers: all sources merged, published as immutable snapshots.
// Where two sources know a peer of the same name, the one added first wins
// whole, with its ways: facts of two sources are never mixed, since policy
// rests on them.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "discovery/snapshot.h"
#include "discovery/source.h"

namespace herald::discovery {

// Owns its sources. One thread.
class Directory {
 public:
  using Observer = std::function<void(const SnapshotPtr&)>;
  using StatusObserver = std::function<void(const SourceStatus&)>;

  Directory();
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  // REQUIRES: not started.
  void Add(std::unique_ptr<Source> source);

  // Run at each new snapshot and at each word of a source about itself, in
  // order of registration. They may read the directory, not change it.
  void Observe(Observer observer);
  void ObserveStatus(StatusObserver observer);

  void Start();
  void Stop();

  // Never null; version 0 and empty until a source has told.
  const SnapshotPtr& snapshot() const { return snapshot_; }

  // One each source, in order of addition.
  std::vector<SourceStatus> statuses() const;

 private:
  class Feed;

  void Publish();
  EndpointPtr Unchanged(const EndpointPtr& peer) const;

  std::vector<std::unique_ptr<Feed>> feeds_;
  std::vector<Observer> observers_;
  std::vector<StatusObserver> status_observers_;
  SnapshotPtr snapshot_;
  bool starting_ = false;
};

}  // namespace herald::discovery
