// SPDX-License-Identifier: Apache-2.0
#include "sidecar/fanout/watcher.h"

#include <utility>

#include "core/json/json.h"
#include "discovery/kubernetes/api.h"

namespace herald::fanout {

Watcher::Watcher(Setup setup)
    : setup_(std::move(setup)),
      initial_(!setup_.at),
      at_(setup_.at.value_or(setup_.cache.end_event())) {
  const Time now = setup_.loop.Now();
  end_ = setup_.loop.RunAt(now + setup_.question.lasts, [this] {
    end_ = 0;
    End();
  });
  if (!setup_.question.bookmarks) return;
  bookmark_ = setup_.loop.RunAt(now + kBookmarks, [this] { TellBookmark(); });
}

Watcher::~Watcher() {
  setup_.loop.Cancel(end_);
  setup_.loop.Cancel(bookmark_);
}

void Watcher::OnSent(size_t n) {
  unsent_ -= n;
  Pump();
}

void Watcher::Pump() {
  while (!over_ && unsent_ < kWindow) {
    if (initial_ ? !TellInitial() : !TellEvent()) return;
  }
}

bool Watcher::Wants(const CachedPtr& object) const {
  if (object == nullptr) return false;
  if (!setup_.question.space.empty() &&
      object->space != setup_.question.space) {
    return false;
  }
  return setup_.question.selector.Selects(object->labels);
}

// False when all have been told.
bool Watcher::TellInitial() {
  const auto& objects = setup_.cache.objects();
  auto next = objects.upper_bound(told_);
  while (next != objects.end() && !Wants(next->second)) ++next;
  if (next == objects.end()) {
    initial_ = false;
    return true;
  }
  told_ = next->first;
  Tell("ADDED", *next->second);
  return true;
}

// What an event is to this client depends on what it selects. False when none
// is left.
bool Watcher::TellEvent() {
  if (at_ < setup_.cache.first_event()) {
    Send("{\"type\":\"ERROR\",\"object\":" +
         RenderRefusal({410, "Expired", "too many changes since; list again"}) +
         "}\n");
    End();
    return false;
  }
  if (at_ == setup_.cache.end_event()) return false;
  const CachedEvent& event = setup_.cache.event(at_++);
  const bool before = Wants(event.before), after = Wants(event.after);
  if (before && after) {
    Tell("MODIFIED", *event.after);
  } else if (after) {
    Tell("ADDED", *event.after);
  } else if (before) {
    Tell("DELETED", *event.before);
  }
  return true;
}

void Watcher::Tell(std::string_view type, const CachedObject& object) {
  setup_.sent.Add();
  Send("{\"type\":\"" + std::string(type) + "\",\"object\":");
  Send(object.text);
  Send("}\n");
}

// Only what knows all events up to a version may go on from there.
void Watcher::TellBookmark() {
  bookmark_ = setup_.loop.RunAt(setup_.loop.Now() + kBookmarks,
                                [this] { TellBookmark(); });
  if (over_ || initial_ || at_ != setup_.cache.end_event()) return;
  const json::Object object = {
      {"kind", json::View(setup_.question.kind->name)},
      {"apiVersion", kubernetes::kApiVersion},
      {"metadata",
       {{"resourceVersion", std::to_string(setup_.cache.version())}}}};
  Send("{\"type\":\"BOOKMARK\",\"object\":" + json::Serialize(object) + "}\n");
}

void Watcher::End() {
  if (std::exchange(over_, true)) return;
  setup_.stream.SendData("", true);
  setup_.ended();
}

}  // namespace herald::fanout
