// SPDX-License-Identifier: Apache-2.0
//
// Sees a node's drain through to its end, and writes down how it went: shut,
// over with all its calls, out of its grace, or killed meanwhile.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/base/event_loop.h"
#include "tests/simulation/journal.h"

namespace herald::simulation {

// What is asked of the node that drains.
struct DrainingNode {
  std::string name;
  std::function<bool()> gone;  // killed; nothing else is asked then
  std::function<std::optional<Time>()> shut_since;
  std::function<bool()> idle;
};

// `ended` runs once, unless the node is killed. Loop and journal outlive it.
void WatchDrain(EventLoop& loop, Journal& journal, DrainingNode node,
                std::function<void()> ended);

}  // namespace herald::simulation
