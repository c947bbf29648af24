// SPDX-License-Identifier: Apache-2.0
//
// The API server's list and watch of Herald's kinds, answered from a cache: one
// watch of the API server a kind stands behind thousands of ours. It may be
// asked by whoever could ask the API server itself, is asked in the same words,
// and holds nothing that cannot be had anew, so that any number of replicas may
// run and all may be lost.
//
// Besides: /livez, /readyz and /metrics, for kubelets and Prometheus.
//
//   request -> may it? -> list: a page of the cache
//              (AccessReviews)  watch: a Watcher, until its time is up
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/event_loop.h"
#include "core/base/metrics.h"
#include "core/base/random.h"
#include "sidecar/call/origin.h"
#include "sidecar/fanout/access_reviews.h"
#include "sidecar/fanout/cache.h"
#include "sidecar/fanout/question.h"

namespace herald::fanout {

struct FanOutOptions {
  // Changes of one kind that are remembered for watches to go on with: an hour
  // of 5 restarts a second, and as many MiB at about 1 KiB each.
  size_t events_max = 36'000;
};

// Owned by whoever assembles; outlives the acceptor it serves; borrows all it
// is given. One thread.
class FanOut final : public call::CallHandler {
 public:
  FanOut(EventLoop& loop, Random& random, http::Web& api, Metrics& metrics,
         FanOutOptions options = {});
  ~FanOut() override;

  // Where the reflector of that kind tells. REQUIRES: one of Kinds().
  Cache& CacheOf(const Kind& kind);
  // Every kind has been listed.
  bool ready() const;
  // Why a cache may be old; empty where none is.
  std::string problem() const;
  size_t watches() const;

  void OnCall(const call::Origin& origin, http::RequestHead head,
              std::unique_ptr<http::Stream> stream, bool end) override;

 private:
  class Visit;
  struct Plain {
    int status;
    std::string body;
  };

  std::optional<Plain> Page(std::string_view path);

  void OnChanged();
  // Once the running function has returned.
  void Forget(uint64_t id);

  EventLoop& loop_;
  Random& random_;
  Metrics& metrics_;
  AccessReviews reviews_;
  Counter& lists_;
  Counter& events_;
  Counter& refused_;
  std::vector<std::unique_ptr<Cache>> caches_;  // as Kinds()
  std::map<uint64_t, std::unique_ptr<Visit>> visits_;
  uint64_t last_visit_ = 0;
  bool told_ = false;              // a turn's end will look at the watches
  std::shared_ptr<FanOut*> self_;  // null in it when we are gone
};

// The version under which the list of the question began; nullopt where it
// begins now.
std::optional<uint64_t> ListedAt(const Question& question);

// One page: {"kind":"AgentList", ...}. `from` of the question names what comes
// before it.
std::string RenderList(const Cache& cache, const Question& question);

}  // namespace herald::fanout
