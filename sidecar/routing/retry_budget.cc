// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/retry_budget.h"

#include <algorithm>

namespace herald::routing {

int64_t RetryBudget::NumberOf(Time now) const {
  return now.time_since_epoch().count() / (options_.window.count() / kSlots);
}

RetryBudget::Slot& RetryBudget::At(Time now) {
  const int64_t number = NumberOf(now);
  Slot& slot = slots_[static_cast<size_t>(number % kSlots)];
  if (slot.number != number) slot = {.number = number};
  return slot;
}

bool RetryBudget::Take(Time now) {
  Slot& present = At(now);
  uint64_t calls = 0;
  uint64_t taken = 0;
  for (const Slot& slot : slots_) {
    if (slot.number <= present.number - kSlots) continue;
    calls += slot.calls;
    taken += slot.taken;
  }
  const uint64_t allowed =
      calls * options_.per_thousand + uint64_t{options_.besides} * 1000;
  if ((taken + 1) * 1000 > allowed) return false;
  ++present.taken;
  return true;
}

bool RetryBudget::idle(Time now) const {
  const int64_t oldest = NumberOf(now) - kSlots;
  return std::all_of(slots_.begin(), slots_.end(), [oldest](const Slot& slot) {
    return slot.number <= oldest;
  });
}

}  // namespace herald::routing
