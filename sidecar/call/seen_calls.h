// SPDX-License-Identifier: Apache-2.0
//
// What this sidecar remembers of calls that bear an idempotency key: that they
// came, what they asked, and what our agent answered, so that a second one is
// not done again. Bounded in time, in keys and in bytes. Where a bound makes it
// forget a key, it no longer says that it remembers so far back: a caller
// repeats only what a callee vouches to remember.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/time.h"
#include "core/http/message.h"

namespace herald::call {

// The key of a request that bears one: POST and PATCH, as the IETF's draft has
// it; other methods are idempotent by themselves or not repeated.
std::optional<std::string> IdempotencyKeyOf(const http::RequestHead& head);
// What is wrong with it, in words for a 400; "" when nothing is.
std::string IdempotencyKeyError(const http::RequestHead& head);

struct SeenKey {
  std::string caller;  // SPIFFE id
  std::string agent;
  std::string key;
  // clang-tidy 14 takes the 0 of a rewritten comparison for a null pointer.
  // NOLINTNEXTLINE(modernize-use-nullptr)
  auto operator<=>(const SeenKey&) const = default;
};

// Of bytes that come in pieces (FNV-1a). It tells one request of a caller from
// another one of the same caller that bears the same key by mistake; it guards
// against nobody.
class Fingerprint {
 public:
  void Add(std::string_view bytes) {
    for (char c : bytes) {
      value_ = (value_ ^ static_cast<unsigned char>(c)) * 1099511628211u;
    }
  }
  uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 14695981039346656037u;
};

struct KeptAnswer {
  http::ResponseHead head;
  std::string body;
  std::optional<http::Headers> trailers;
};

// Told, from inside the loop, when a call that it waits for has changed.
class SeenCallWaiter {
 public:
  virtual ~SeenCallWaiter() = default;
  virtual void OnSeenCall() = 0;
};

struct SeenCall {
  enum class State {
    kRunning,
    kAnswered,   // `answer` is all of it
    kNotKept,    // answered, at too great a length to be kept
    kBroken,     // our agent had it, and no whole answer came
    kUntouched,  // our agent never had it
  };
  SeenKey key;
  uint64_t what = 0;             // method and path
  std::optional<uint64_t> body;  // once it is whole
  State state = State::kRunning;
  KeptAnswer answer;
  Time begun{};
  bool remembered = true;
  std::vector<SeenCallWaiter*> waiters;

  void TellWaiters();
};
using SeenCallPtr = std::shared_ptr<SeenCall>;

// One thread.
class SeenCalls {
 public:
  struct Options {
    Duration kept = std::chrono::minutes(10);
    size_t keys = 10'000;
    size_t bytes = 16 << 20;          // of all answers kept
    size_t answer_bytes = 64 * 1024;  // of one body
  };
  SeenCalls(Time started, Options options)
      : options_(options), since_(started) {}

  // Null when no such call is remembered.
  SeenCallPtr Find(const SeenKey& key, Time now);
  // REQUIRES: it is not remembered.
  SeenCallPtr Begin(SeenKey key, uint64_t what, Time now);

  // How it ended; its waiters are told.
  void Answered(SeenCall& call, KeptAnswer answer);
  void End(SeenCall& call, SeenCall::State state);
  // It may come again as if it never had.
  void Forget(SeenCall& call);

  // All calls that began less long ago are remembered.
  Duration Remembers(Time now) const;

  size_t size() const { return order_.size(); }
  size_t bytes() const { return bytes_; }
  const Options& options() const { return options_; }

 private:
  using Order = std::list<SeenCallPtr>;  // the oldest first
  void Expire(Time now);
  void Drop(Order::iterator entry);
  void DropAnswer(SeenCall& call);

  const Options options_;
  Time since_;
  Order order_;
  std::map<SeenKey, Order::iterator> by_key_;
  std::deque<SeenCallPtr> answers_;  // in order of coming; some are dropped
  size_t bytes_ = 0;
};

}  // namespace herald::call
