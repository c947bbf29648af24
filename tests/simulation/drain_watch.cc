// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/drain_watch.h"

#include <algorithm>
#include <utility>

namespace herald::simulation {
namespace {

constexpr Duration kLook = std::chrono::milliseconds(50);

// One drain; each look keeps it for the next.
struct Watch : std::enable_shared_from_this<Watch> {
  Watch(EventLoop& the_loop, Journal& the_journal)
      : loop(the_loop), journal(the_journal) {}

  void Look();
  size_t Waiting() const;

  EventLoop& loop;
  Journal& journal;
  DrainingNode node;
  std::function<void()> ended;
  size_t entry = 0;
};

// Calls that somebody waits for, whose end is here.
size_t Watch::Waiting() const {
  auto waits = [this](const CallEntry& call) {
    return call.endings == 0 && call.began > Time{} &&
           (call.caller_node == node.name || call.served_by == node.name);
  };
  return static_cast<size_t>(
      std::count_if(journal.calls.begin(), journal.calls.end(), waits));
}

void Watch::Look() {
  DrainEntry& drain = journal.drains[entry];
  if (node.gone()) {
    drain.killed = true;
    return;
  }
  drain.shut = node.shut_since();
  const bool idle = node.idle();
  const bool out_of_grace = loop.Now() - drain.began >= journal.drain_grace;
  if (!(drain.shut && idle) && !out_of_grace) {
    loop.RunAt(loop.Now() + kLook,
               [self = shared_from_this()] { self->Look(); });
    return;
  }
  drain.ended = loop.Now();
  if (!idle) drain.cut = Waiting();
  ended();
}

}  // namespace

void WatchDrain(EventLoop& loop, Journal& journal, DrainingNode node,
                std::function<void()> ended) {
  auto watch = std::make_shared<Watch>(loop, journal);
  watch->entry = journal.drains.size();
  journal.drains.push_back({node.name, loop.Now(), {}, {}, false});
  watch->node = std::move(node);
  watch->ended = std::move(ended);
  watch->Look();
}

}  // namespace herald::simulation
