// SPDX-License-Identifier: Apache-2.0
//
// The one list of peers: all sources merged, published as immutable snapshots.
// Where two sources know a peer of the same name, the one added first wins
// whole, with its ways: facts of two sources are never mixed, since policy
// rests on them. When that one forgets it, the next one's word shows.
//
// Work is in proportion to what changes, not to what is known: a source may
// tell one peer of a hundred thousand (SourceSink::OnChange), and observers are
// told the names it was about.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "discovery/interner.h"
#include "discovery/snapshot.h"
#include "discovery/source.h"

namespace herald::discovery {

// Owns its sources. One thread.
class Directory {
 public:
  // `names`: the peers that are new, gone or different, in order.
  using Observer = std::function<void(const SnapshotPtr&,
                                      std::span<const std::string> names)>;
  using StatusObserver = std::function<void(const SourceStatus&)>;

  // `now` tells the time of the loop; without it nothing is ever stale.
  explicit Directory(std::function<Time()> now = nullptr);
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
  // Of the source whose word on the peer of that name counts; null where none
  // knows it.
  const SourceStatus* SourceOf(std::string_view name) const;

 private:
  class Feed;

  void Publish(std::vector<std::string> names);
  std::vector<EndpointPtr> Merged(const std::string& name) const;

  const std::function<Time()> now_;
  std::vector<std::unique_ptr<Feed>> feeds_;
  std::vector<Observer> observers_;
  std::vector<StatusObserver> status_observers_;
  Interner interner_;
  SnapshotPtr snapshot_;
  bool starting_ = false;
  std::vector<std::string> told_at_start_;  // names
};

}  // namespace herald::discovery
