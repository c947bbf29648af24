// SPDX-License-Identifier: Apache-2.0
//
// The sidecars that register in an etcd, as a source of discovery: every key
// PREFIX/peers/NAME is one peer, its value the JSON of an entry of the peers
// file. All are read once, then watched:
//
//           all pages read               the watch broke off
//   reading --------------> watching --------------------------> watching
//      ^  ^                    |     again from the next revision
//      |  +---- pause ---------+  the store has thrown that revision away
//      +------- failed            (compaction): read again, at once the first
//                                 time
//
// What it lost touch with it does not take back; a value that is wrong keeps
// what its key said last, and harms no other.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/base/event_loop.h"
#include "core/base/metrics.h"
#include "core/base/random.h"
#include "core/http/web.h"
#include "discovery/backoff.h"
#include "discovery/etcd/api.h"
#include "discovery/etcd/watch_decoder.h"
#include "discovery/source.h"

namespace herald::etcd {

struct EtcdSourceOptions {
  std::string name = "etcd";  // as statuses and metrics call it
  std::string prefix = "/herald/";
  std::string own;  // our own name, which is no peer of ours; may be empty
  // Runs when somebody took our own key away while we watched.
  std::function<void()> own_is_gone;
};

// Where the peer of that name is registered.
std::string KeyOf(const std::string& prefix, const std::string& name);

// One owner (the Directory), one thread; what it is given outlives it.
class EtcdSource final : public discovery::Source, private http::WebEvents {
 public:
  static constexpr int kPage = 500;  // keys of one answer
  // For the first word of a watch, which comes at once from one that lives.
  static constexpr Duration kPatience = std::chrono::seconds(30);
  // A watch that ends sooner, and told nothing, was refused in another way.
  static constexpr Duration kShort = std::chrono::seconds(1);
  static constexpr size_t kMostNamed = 5;  // of wrong values, in a status

  EtcdSource(Api& api, Random& random, Metrics& metrics,
             EtcdSourceOptions options);
  ~EtcdSource() override;

  void Start(discovery::SourceSink* sink) override;
  void Stop() override;

 private:
  enum class Next { kRead, kWatch };
  struct Word {  // what one key says
    std::string name;
    std::vector<discovery::EndpointPtr> ways;
  };

  void Read();
  void AskPage(const std::string& from);
  void OnPage(StatusOr<json::Object> answer);
  Status TakePage(const json::Object& page);
  void FinishRead();

  void Watch();
  void OnHead(const http::ResponseHead& head) override;
  void OnBody(std::string_view piece) override;
  void OnEnd(const Status& how) override;
  // False when the watch is over.
  bool Take(const WatchMessage& message);
  void TakeChanges(const std::vector<Change>& changes);
  void Compacted();

  // The peer under `key`, or an empty name where the key is none of ours.
  std::string NameIn(const std::string& key) const;
  // Notes what is wrong with the value, if anything; then nothing is returned.
  std::vector<discovery::EndpointPtr> Parse(const std::string& name,
                                            const std::string& value);
  void Fail(const std::string& why, Next next);
  void Pause(Next next);
  void Tell(bool ok, const std::string& problem);
  std::string Problem(const std::string& why) const;

  Api& api_;
  Random& random_;
  const EtcdSourceOptions options_;
  const std::string prefix_;  // of peers' keys
  Counter& reads_;
  Counter& events_;
  Counter& failures_;
  discovery::SourceSink* sink_ = nullptr;
  discovery::SourceStatus status_;
  bool told_ = false;  // how it fares
  discovery::Backoff backoff_;

  std::set<std::string, std::less<>> known_;   // names that were told
  std::map<std::string, std::string> faults_;  // by name, for people
  int64_t revision_ = 0;                       // what we know is of it
  bool reread_at_once_ = true;

  // The reading under way.
  std::unique_ptr<Api::Question> question_;
  std::vector<discovery::EndpointPtr> read_;
  std::set<std::string, std::less<>> names_;
  int64_t read_at_ = 0;  // the revision of all its pages

  // The watch under way.
  std::unique_ptr<http::WebCall> call_;
  WatchDecoder decoder_;
  int http_status_ = 0;
  std::string refusal_;  // the body where it is no 200
  Time watch_began_{};
  bool progress_ = false;  // it told something
  TimerId timer_ = 0;      // the pause, or the patience with a new watch
};

}  // namespace herald::etcd
