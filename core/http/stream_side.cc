// SPDX-License-Identifier: Apache-2.0
#include "core/http/stream_side.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"

namespace herald::http {
namespace {

constexpr size_t kWindow = Limits{}.body_window;

}  // namespace

std::optional<StreamItem> StreamSide::Next() {
  if (!open || events == nullptr || inbox.empty()) return std::nullopt;
  StreamItem& first = inbox.front();
  const size_t room = kWindow - std::min(owed, kWindow);
  if (!first.body.empty() && room == 0) return std::nullopt;
  if (first.body.size() > room) {
    StreamItem piece{.body = first.body.substr(0, room)};
    first.body.erase(0, room);
    return piece;
  }
  StreamItem whole = std::move(first);
  inbox.pop_front();
  return whole;
}

void StreamSide::Tell(StreamItem item) {
  if (item.end) got_end = true;
  owed += item.body.size();
  if (item.head) {
    events->OnResponse(std::move(*item.head), item.end);
  } else if (item.trailers) {
    events->OnTrailers(std::move(*item.trailers));
  } else {
    events->OnData(item.body, item.end);
  }
}

void StreamSide::Consume(size_t n) {
  HERALD_CHECK(n <= owed, "credit is for bytes that came");
  owed -= n;
}

}  // namespace herald::http
