// SPDX-License-Identifier: Apache-2.0
//
// The gate before one of our own agents: how many calls are inside at once, who
// waits, and who is turned away while that still costs nothing. An agent that
// is given more than it can serve serves nobody well, and its own queue is
// first come first served: there one greedy caller drowns all others. So what
// is too much waits here, in one queue for each caller, and not for long.
//
//   Arrive --room--> inside --OnLeave--> gone
//      |               ^
//      +--> waiting ---+ in turn         (Next)
//              +-------> turned away     (Next): a second passed, or the queues
//                                         are too long
//
// Who is next: the most urgent of those waiting; among the equally urgent,
// callers take turns. Each eighth time it is simply the next caller's turn, so
// that an urgent flood starves nobody. Who goes, when there are too many: of
// the caller with the longest queue the least urgent, the newest first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/random.h"
#include "core/base/time.h"
#include "sidecar/routing/gradient_limit.h"

namespace herald::routing {

struct AdmissionOptions {
  size_t most_waiting = 100;
  size_t most_bytes = size_t{1} << 20;  // of bodies, of all that wait
  Duration longest_wait = std::chrono::seconds(1);
};

// Pure: `now` in, decisions out. One owner, one thread. A call that enters at
// once allocates nothing.
class Admission {
 public:
  // Names a call that waits; 0 is none.
  using Ticket = uint64_t;

  // RFC 9218 §4.1: 0 is the most urgent, 7 the least, 3 without a word.
  static constexpr uint8_t kUrgency = 3;

  struct Entry {
    enum class Verdict : uint8_t { kEnters, kWaits, kTurnedAway };
    Verdict verdict = Verdict::kEnters;
    Ticket ticket = 0;  // where it waits
    uint32_t met = 0;   // calls inside, where it enters
  };
  // What became of one that waited.
  struct Decision {
    Ticket ticket = 0;
    bool enters = false;  // else it is turned away
    uint32_t met = 0;
  };

  // `random` outlives it.
  explicit Admission(Random& random, AdmissionOptions options = {})
      : options_(options), limit_(random) {}

  Entry Arrive(std::string_view caller, uint8_t urgency, Time now);
  // Of its body so much is held here by now.
  void OnHeld(Ticket ticket, size_t bytes);
  // It waits no more: its caller left, or its deadline passed.
  void Forget(Ticket ticket);

  // Decisions that are due, one by one, until none is. To be asked after every
  // call to the others, and at NextDeadline().
  std::optional<Decision> Next(Time now);
  Time NextDeadline() const;

  // The agent began a good answer, `service` after it got the call. An error
  // that comes at once must not look like speed: it is not told here.
  void OnAnswer(Duration service, uint32_t met, Time now) {
    limit_.OnAnswer(service, met, inside_, now);
  }
  // One of those inside is load no more. REQUIRES: it entered.
  void OnLeave();

  uint32_t limit() const { return limit_.limit(); }
  uint32_t inside() const { return inside_; }
  size_t waiting() const { return waiting_.size(); }
  size_t bytes() const { return bytes_; }

 private:
  struct Waiting {
    Ticket ticket;
    size_t caller;  // in callers_
    uint8_t urgency;
    Time until;
    size_t bytes;
  };
  struct Caller {
    std::string id;
    uint64_t turn;  // its latest; small ones are due
    size_t waiting;
    size_t bytes;
  };
  using Place = std::vector<Waiting>::iterator;

  size_t FindCaller(std::string_view id);
  Place Find(Ticket ticket);
  Place NextInTurn();
  Place LeastWanted(size_t Caller::*measure);
  void Remove(Place place);

  const AdmissionOptions options_;
  GradientLimit limit_;
  uint32_t inside_ = 0;
  // In order of arrival. At most a hundred: walking over them is cheaper than
  // keeping them sorted.
  std::vector<Waiting> waiting_;
  std::vector<Caller> callers_;  // those of them; a slot with none is free
  std::vector<Ticket> turned_away_;
  Ticket last_ticket_ = 0;
  uint64_t turns_ = 0;
  size_t bytes_ = 0;
};

}  // namespace herald::routing
