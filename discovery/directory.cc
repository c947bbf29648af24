// SPDX-License-Identifier: Apache-2.0
#include "discovery/directory.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

namespace herald::discovery {
namespace {

std::pair<std::string, std::string> Key(const Endpoint& peer) {
  return {peer.name, peer.way};
}

}  // namespace

// One source and what it told last.
class Directory::Feed final : public SourceSink {
 public:
  Feed(Directory& directory, std::unique_ptr<Source> source)
      : directory_(directory), source_(std::move(source)) {}

  Source& source() { return *source_; }
  const std::vector<EndpointPtr>& peers() const { return peers_; }
  const SourceStatus& status() const { return status_; }

  void OnPeers(std::vector<EndpointPtr> peers) override {
    peers_ = std::move(peers);
    directory_.Publish();
  }

  void OnStatus(const SourceStatus& status) override {
    status_ = status;
    for (const StatusObserver& observer : directory_.status_observers_) {
      observer(status_);
    }
  }

 private:
  Directory& directory_;
  std::unique_ptr<Source> source_;
  std::vector<EndpointPtr> peers_;
  SourceStatus status_;
};

Directory::Directory() : snapshot_(std::make_shared<const Snapshot>()) {}

Directory::~Directory() { Stop(); }

void Directory::Add(std::unique_ptr<Source> source) {
  feeds_.push_back(std::make_unique<Feed>(*this, std::move(source)));
}

void Directory::Observe(Observer observer) {
  observers_.push_back(std::move(observer));
}

void Directory::ObserveStatus(StatusObserver observer) {
  status_observers_.push_back(std::move(observer));
}

void Directory::Start() {
  // One snapshot of all sources rather than one each: no call may meet half
  // of the peers.
  starting_ = true;
  for (auto& feed : feeds_) feed->source().Start(feed.get());
  starting_ = false;
  Publish();
}

void Directory::Stop() {
  for (auto& feed : feeds_) feed->source().Stop();
}

std::vector<SourceStatus> Directory::statuses() const {
  std::vector<SourceStatus> out;
  for (const auto& feed : feeds_) out.push_back(feed->status());
  return out;
}

// An unchanged peer keeps its value, so that holders may compare pointers.
EndpointPtr Directory::Unchanged(const EndpointPtr& peer) const {
  for (const EndpointPtr& old : snapshot_->WaysTo(peer->name)) {
    if (*old == *peer) return old;
  }
  return peer;
}

void Directory::Publish() {
  if (starting_) return;
  std::map<std::pair<std::string, std::string>, EndpointPtr> merged;
  std::map<std::string, const Feed*> owners;
  for (const auto& feed : feeds_) {
    for (const EndpointPtr& peer : feed->peers()) {
      const Feed* owner = owners.emplace(peer->name, feed.get()).first->second;
      if (owner == feed.get()) merged.emplace(Key(*peer), peer);
    }
  }
  std::vector<EndpointPtr> peers;
  for (auto& [key, peer] : merged) peers.push_back(Unchanged(peer));
  if (peers == snapshot_->peers()) return;
  snapshot_ = std::make_shared<const Snapshot>(snapshot_->version() + 1,
                                               std::move(peers));
  for (const Observer& observer : observers_) observer(snapshot_);
}

}  // namespace herald::discovery
