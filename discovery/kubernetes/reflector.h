// SPDX-License-Identifier: Apache-2.0
//
// A copy of what an API server holds under one path: listed once, then kept by
// watching. It tells changes to a sink and never gives up:
//
//            list whole                EOF, error after progress
//    listing ----------> watching ------------------------> watching
//       ^  ^                |                        (from the last version)
//       |  +--- waiting ----+  410 Gone, or an ERROR of code 410: list again,
//       +------- failed        at once the first time
//
// What it lost touch with it does not take back: the sink keeps what it was
// told, and hears that it may be old.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/metrics.h"
#include "core/http/ask.h"
#include "discovery/backoff.h"
#include "discovery/kubernetes/api.h"
#include "discovery/kubernetes/watch_decoder.h"

namespace herald::kubernetes {

// What is listed and watched.
struct Resource {
  std::string path;  // "/apis/herald.dev/v1alpha1/namespaces/claims/agents"
  std::string label_selector;
  std::string field_selector;
};

struct ReflectorHealth {
  bool fresh = false;   // what was told is what the server has
  std::string problem;  // why not, for people
  uint64_t lists = 0;   // that came to their end
  uint64_t failures = 0;
};

class ReflectorSink {
 public:
  virtual ~ReflectorSink() = default;
  // A list begins, or begins anew: what an unfinished one told is void.
  virtual void OnListBegin() = 0;
  virtual void OnListed(const json::Object& object) = 0;
  // What was listed is all there is at that version; the rest is gone.
  virtual void OnListEnd(std::string_view version) = 0;
  virtual void OnChanged(const json::Object& object) = 0;
  virtual void OnDeleted(const json::Object& object) = 0;
  // Nothing that is watched changed up to that version (a bookmark).
  virtual void OnVersion(std::string_view) {}
  // After each attempt that changed something about it.
  virtual void OnHealth(const ReflectorHealth& health) = 0;
};

// Owned by a source; `api` and `sink` outlive it. One thread. The sink must not
// destroy the reflector.
class Reflector final : private http::WebEvents {
 public:
  static constexpr size_t kPage = 500;  // objects of one answer
  // A page of objects of 100 KiB each would be a mistake; a list without
  // pages is what a server asks for that cannot go on with them.
  static constexpr size_t kPageBytes = 64 << 20;
  static constexpr Duration kLeastWatch = std::chrono::seconds(300);
  static constexpr Duration kMostWatch = std::chrono::seconds(600);
  // Beyond the watch's own end; then nobody is there.
  static constexpr Duration kSilence = std::chrono::seconds(10);
  // For the head of the answer, which comes at once from one that lives.
  static constexpr Duration kPatience = std::chrono::seconds(30);
  // A watch that ends sooner, and told nothing, was refused in another way.
  static constexpr Duration kShort = std::chrono::seconds(1);

  struct Meters {
    Counter* lists = nullptr;
    Counter* events = nullptr;
    Counter* failures = nullptr;
  };

  Reflector(const Api& api, Resource resource, ReflectorSink& sink,
            Meters meters);
  ~Reflector() override;
  Reflector(const Reflector&) = delete;
  Reflector& operator=(const Reflector&) = delete;

  void Start();
  const ReflectorHealth& health() const { return health_; }

 private:
  enum class Next { kList, kWatch };

  void List();
  void AskPage();
  void OnPage(StatusOr<http::WebAnswer> answer);
  void TakePage(const json::Object& page);
  void Watch();
  void OnHead(const http::ResponseHead& head) override;
  void OnBody(std::string_view piece) override;
  void OnEnd(const Status& how) override;
  // False when the watch is over.
  bool Take(const WatchEvent& event);
  void Remember(const json::Object& object);
  void EndWatch();
  void Gone();
  // Gives the watch up where nothing comes for so long.
  void HoldSilence(Duration patience);
  void Refused(int status, const std::string& body);
  // Tells why, and goes on after a pause.
  void Fail(std::string why, Next next, Duration at_least = Duration::zero());
  void Pause(Next next, Duration at_least);
  void Fresh();
  std::string Query() const;

  const Api& api_;
  const Resource resource_;
  ReflectorSink& sink_;
  const Meters meters_;
  discovery::Backoff backoff_;
  ReflectorHealth health_;
  std::string version_;   // the newest we know of
  std::string continue_;  // of the list under way
  bool pages_ = true;     // the list under way is asked for in pages
  bool relist_at_once_ = true;

  std::unique_ptr<http::Ask> ask_;       // a page under way
  std::unique_ptr<http::WebCall> call_;  // the watch under way
  WatchDecoder decoder_;
  int status_ = 0;          // of the watch's answer; 0: not come
  std::string refusal_;     // its body where it is no 200
  Duration retry_after_{};  // as it asks
  Time watch_began_{};
  Duration watch_time_{};
  bool progress_ = false;  // the watch told something
  TimerId timer_ = 0;      // the pause, or the watch's silence
};

// The meters of one source's reflectors, all together.
Reflector::Meters MetersFor(Metrics& metrics, const std::string& source);

}  // namespace herald::kubernetes
