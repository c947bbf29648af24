// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/admission.h"

#include <algorithm>
#include <tuple>

#include "core/base/check.h"

namespace herald::routing {
namespace {

// Of so many turns one goes to the next caller however little its call hurries.
constexpr uint64_t kFairTurn = 8;

}  // namespace

Admission::Entry Admission::Arrive(std::string_view caller, uint8_t urgency,
                                   Time now) {
  const uint32_t allowed = limit_.Allowed(now);
  if (inside_ + 1 >= allowed) limit_.OnFull(now);
  if (inside_ < allowed && waiting_.empty()) {
    return {.verdict = Entry::Verdict::kEnters, .met = inside_++};
  }
  const size_t index = FindCaller(caller);
  ++callers_[index].waiting;
  const Ticket ticket = ++last_ticket_;
  waiting_.push_back({ticket, index, urgency, now + options_.longest_wait, 0});
  if (waiting_.size() > options_.most_waiting) {
    const Place out = LeastWanted(&Caller::waiting);
    const Ticket gone = out->ticket;
    Remove(out);
    if (gone == ticket) return {.verdict = Entry::Verdict::kTurnedAway};
    turned_away_.push_back(gone);
  }
  return {.verdict = Entry::Verdict::kWaits, .ticket = ticket};
}

void Admission::OnHeld(Ticket ticket, size_t bytes) {
  const Place place = Find(ticket);
  if (place == waiting_.end()) return;  // turned away a moment ago
  bytes_ += bytes - place->bytes;
  callers_[place->caller].bytes += bytes - place->bytes;
  place->bytes = bytes;
  while (bytes_ > options_.most_bytes) {
    const Place out = LeastWanted(&Caller::bytes);
    turned_away_.push_back(out->ticket);
    Remove(out);
  }
}

void Admission::Forget(Ticket ticket) {
  const Place place = Find(ticket);
  if (place != waiting_.end()) return Remove(place);
  std::erase(turned_away_, ticket);
}

std::optional<Admission::Decision> Admission::Next(Time now) {
  if (!turned_away_.empty()) {
    const Ticket out = turned_away_.front();
    turned_away_.erase(turned_away_.begin());
    return Decision{.ticket = out};
  }
  if (waiting_.empty()) return std::nullopt;
  if (waiting_.front().until <= now) {
    const Ticket out = waiting_.front().ticket;
    Remove(waiting_.begin());
    return Decision{.ticket = out};
  }
  if (inside_ >= limit_.Allowed(now)) return std::nullopt;
  const Place next = NextInTurn();
  callers_[next->caller].turn = ++turns_;
  const Decision decision{next->ticket, true, inside_++};
  Remove(next);
  return decision;
}

Time Admission::NextDeadline() const {
  if (!turned_away_.empty()) return Time{};
  if (waiting_.empty()) return kNever;
  return std::min(waiting_.front().until, limit_.NextDeadline());
}

void Admission::OnLeave() {
  HERALD_CHECK(inside_ > 0, "every OnLeave follows its own entry");
  --inside_;
}

// Who comes anew joins the end of the round: nobody gains by coming and going.
size_t Admission::FindCaller(std::string_view id) {
  size_t free = callers_.size();
  for (size_t i = 0; i < callers_.size(); ++i) {
    if (callers_[i].waiting == 0) {
      free = i;
    } else if (callers_[i].id == id) {
      return i;
    }
  }
  if (free == callers_.size()) callers_.emplace_back();
  callers_[free] = {std::string(id), turns_, 0, 0};
  return free;
}

Admission::Place Admission::Find(Ticket ticket) {
  return std::find_if(waiting_.begin(), waiting_.end(),
                      [&](const Waiting& one) { return one.ticket == ticket; });
}

Admission::Place Admission::NextInTurn() {
  const bool fair = turns_ % kFairTurn == kFairTurn - 1;
  return std::min_element(
      waiting_.begin(), waiting_.end(), [&](const auto& a, const auto& b) {
        const uint64_t turn_a = callers_[a.caller].turn;
        const uint64_t turn_b = callers_[b.caller].turn;
        return fair ? std::tie(turn_a, a.urgency) < std::tie(turn_b, b.urgency)
                    : std::tie(a.urgency, turn_a) < std::tie(b.urgency, turn_b);
      });
}

// Of the caller with most by that measure, the least urgent; the newest of
// several, which has waited least.
Admission::Place Admission::LeastWanted(size_t Caller::*measure) {
  auto unwanted = [&](const Waiting& one) {
    return std::tuple(callers_[one.caller].*measure, one.urgency);
  };
  Place out = waiting_.end();
  for (Place one = waiting_.begin(); one != waiting_.end(); ++one) {
    // A call that holds nothing frees nothing.
    if (measure == &Caller::bytes && one->bytes == 0) continue;
    if (out == waiting_.end() || unwanted(*one) >= unwanted(*out)) out = one;
  }
  HERALD_CHECK(out != waiting_.end(), "what is too much is held by somebody");
  return out;
}

void Admission::Remove(Place place) {
  Caller& caller = callers_[place->caller];
  --caller.waiting;
  caller.bytes -= place->bytes;
  bytes_ -= place->bytes;
  waiting_.erase(place);
}

}  // namespace herald::routing
