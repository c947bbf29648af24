// SPDX-License-Identifier: Apache-2.0
#include "discovery/directory.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace herald::discovery {
namespace {

using Peers = std::vector<EndpointPtr>;

bool SameValues(std::span<const EndpointPtr> a,
                std::span<const EndpointPtr> b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const EndpointPtr& x, const EndpointPtr& y) {
                      return x == y || *x == *y;
                    });
}

// In order, and each way to a peer once: the one told first.
void Order(Peers& peers) {
  SortPeers(peers);
  const auto same = [](const EndpointPtr& a, const EndpointPtr& b) {
    return a->name == b->name && a->way == b->way;
  };
  peers.erase(std::unique(peers.begin(), peers.end(), same), peers.end());
}

}  // namespace

// One source and what it told last.
class Directory::Feed final : public SourceSink {
 public:
  Feed(Directory& directory, std::unique_ptr<Source> source)
      : directory_(directory), source_(std::move(source)) {}

  Source& source() { return *source_; }
  const PeerRoll& peers() const { return peers_; }
  const SourceStatus& status() const { return status_; }

  void OnPeers(Peers peers) override {
    Order(peers);
    std::vector<std::string> gone;
    const std::string* last = nullptr;
    for (const EndpointPtr& peer : peers_) {
      if (last != nullptr && *last == peer->name) continue;
      last = &peer->name;
      if (!Names(peers, peer->name)) gone.push_back(peer->name);
    }
    Take(peers, gone);
  }

  void OnChange(Peers upserts, std::vector<std::string> removals) override {
    Order(upserts);
    Take(upserts, removals);
  }

  void OnStatus(const SourceStatus& status) override {
    std::optional<Time> since = status_.stale_since;
    status_ = status;
    if (status.ok || !directory_.now_) {
      since.reset();
    } else if (!since) {
      since = directory_.now_();
    }
    status_.stale_since = since;
    for (const StatusObserver& observer : directory_.status_observers_) {
      observer(status_);
    }
  }

 private:
  static bool Names(const Peers& peers, const std::string& name) {
    const auto at = std::partition_point(
        peers.begin(), peers.end(),
        [&name](const EndpointPtr& peer) { return peer->name < name; });
    return at != peers.end() && (*at)->name == name;
  }

  void Take(std::span<const EndpointPtr> upserts,
            const std::vector<std::string>& removals) {
    std::vector<std::string> names;
    for (const std::string& name : removals) {
      if (peers_.Find(name).empty()) continue;
      peers_.Replace(name, {});
      names.push_back(name);
    }
    for (size_t from = 0; from < upserts.size();) {
      const std::string& name = upserts[from]->name;
      size_t to = from;
      while (to < upserts.size() && upserts[to]->name == name) ++to;
      const auto ways = upserts.subspan(from, to - from);
      from = to;
      if (SameValues(peers_.Find(name), ways)) continue;
      peers_.Replace(name, Kept(name, ways));
      names.push_back(name);
    }
    directory_.Publish(std::move(names));
  }

  // These ways as they are to be kept: what is equal to a value that is known
  // is that value, so that holders may compare pointers.
  Peers Kept(const std::string& name, std::span<const EndpointPtr> ways) {
    const auto before = directory_.snapshot_->WaysTo(name);
    Peers out;
    for (const EndpointPtr& way : ways) {
      const auto same =
          std::find_if(before.begin(), before.end(),
                       [&](const EndpointPtr& old) { return *old == *way; });
      out.push_back(same != before.end() ? *same
                                         : directory_.interner_.Of(*way));
    }
    return out;
  }

  Directory& directory_;
  std::unique_ptr<Source> source_;
  PeerRoll peers_;
  SourceStatus status_;
};

Directory::Directory(std::function<Time()> now)
    : now_(std::move(now)), snapshot_(std::make_shared<const Snapshot>()) {}

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
  Publish(std::exchange(told_at_start_, {}));
}

void Directory::Stop() {
  for (auto& feed : feeds_) feed->source().Stop();
}

std::vector<SourceStatus> Directory::statuses() const {
  std::vector<SourceStatus> out;
  for (const auto& feed : feeds_) out.push_back(feed->status());
  return out;
}

const SourceStatus* Directory::SourceOf(std::string_view name) const {
  for (const auto& feed : feeds_) {
    if (!feed->peers().Find(name).empty()) return &feed->status();
  }
  return nullptr;
}

// What the first source that knows the peer says of it. Another source may say
// the same, word for word, as the one that just forgot it: then its value
// stays.
std::vector<EndpointPtr> Directory::Merged(const std::string& name) const {
  const auto before = snapshot_->WaysTo(name);
  for (const auto& feed : feeds_) {
    const auto ways = feed->peers().Find(name);
    if (ways.empty()) continue;
    const auto chosen = SameValues(ways, before) ? before : ways;
    return {chosen.begin(), chosen.end()};
  }
  return {};
}

void Directory::Publish(std::vector<std::string> names) {
  if (starting_) {
    std::move(names.begin(), names.end(), std::back_inserter(told_at_start_));
    return;
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  std::vector<PeerChange> changes;
  for (std::string& name : names) {
    Peers ways = Merged(name);
    const auto before = snapshot_->WaysTo(name);
    if (std::equal(ways.begin(), ways.end(), before.begin(), before.end())) {
      continue;
    }
    changes.push_back({std::move(name), std::move(ways)});
  }
  if (changes.empty()) return;
  snapshot_ = snapshot_->With(changes);
  names.clear();
  for (PeerChange& change : changes) names.push_back(std::move(change.name));
  for (const Observer& observer : observers_) observer(snapshot_, names);
}

}  // namespace herald::discovery
