// SPDX-License-Identifier: Apache-2.0
//
// What an API server holds of one kind, and what has lately changed: enough to
// answer lists and to go on with watches that began elsewhere. Versions are the
// API server's own, so that a client may come from another replica or from the
// API server itself.
//
//   events   [first_event() ......................... end_event())
//            |  evicted before                        |  to come
//            versions above forgotten()               version()
//
// Two things are left out on purpose: who wrote which field, and changes that
// nobody routes by (which policy an Agent enforces): a new policy would else
// make every sidecar tell every other one.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/crypto/sha256.h"
#include "discovery/kubernetes/reflector.h"
#include "sidecar/fanout/selector.h"

namespace herald::fanout {

// One state of one object; never changes.
struct CachedObject {
  std::string space;
  std::string name;
  Labels labels;
  std::string text;        // JSON
  crypto::Digest essence;  // of all but what changes with every write
};
using CachedPtr = std::shared_ptr<const CachedObject>;

struct CachedEvent {
  uint64_t version = 0;
  CachedPtr before;  // null: it is new
  CachedPtr after;   // null: it is gone
};

// Owned by the fan-out; fed by a reflector. One thread.
class Cache final : public kubernetes::ReflectorSink {
 public:
  using Key = std::pair<std::string, std::string>;  // namespace, name

  // `changed` is called when there is something new to be told, health
  // included; may be called several times a turn.
  Cache(size_t events_max, std::function<void()> changed)
      : events_max_(events_max), changed_(std::move(changed)) {}

  // A list has come to its end.
  bool ready() const { return ready_; }
  // False: what is here may be old.
  bool fresh() const { return fresh_; }
  const std::string& problem() const { return problem_; }

  const std::map<Key, CachedPtr>& objects() const { return objects_; }
  uint64_t version() const { return version_; }

  uint64_t first_event() const { return evicted_; }
  uint64_t end_event() const { return evicted_ + events_.size(); }
  // REQUIRES: first_event() <= number < end_event().
  const CachedEvent& event(uint64_t number) const {
    return events_[number - evicted_];
  }
  // The first event that is news to who knows all of `version`; nullopt where
  // that has been forgotten.
  std::optional<uint64_t> EventAfter(uint64_t version) const;

  // kubernetes::ReflectorSink
  void OnListBegin() override { listed_.clear(); }
  void OnListed(const json::Object& object) override;
  void OnListEnd(std::string_view version) override;
  void OnChanged(const json::Object& object) override;
  void OnDeleted(const json::Object& object) override;
  void OnVersion(std::string_view version) override;
  void OnHealth(const kubernetes::ReflectorHealth& health) override;

 private:
  void Replace(const Key& key, CachedPtr now, uint64_t version);
  void Note(CachedEvent event);

  const size_t events_max_;
  const std::function<void()> changed_;
  bool ready_ = false;
  bool fresh_ = false;
  std::string problem_;
  std::map<Key, CachedPtr> objects_;
  std::map<Key, CachedPtr> listed_;  // of a list under way
  uint64_t version_ = 0;
  uint64_t forgotten_ = 0;  // events up to this version may have been evicted
  std::deque<CachedEvent> events_;
  uint64_t evicted_ = 0;
};

// nullopt for what is no version of Kubernetes' (a decimal number).
std::optional<uint64_t> ParseVersion(std::string_view text);

}  // namespace herald::fanout
