// SPDX-License-Identifier: Apache-2.0
//
// The answer to a watch: one JSON document a line, each an event with the
// object it is about. Bytes in, events out; it knows no socket and no clock.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"
#include "core/json/json.h"

namespace herald::kubernetes {

struct WatchEvent {
  enum class Type { kAdded, kModified, kDeleted, kBookmark, kError };

  Type type = Type::kAdded;
  // As the server sent it; of kError a `Status`, of kBookmark nothing but
  // metadata.resourceVersion.
  json::Object object;
};

// One owner, one thread; one a watch.
class WatchDecoder {
 public:
  // What one event may have, its line's end not counted. The server's own
  // store takes objects up to 1.5 MiB; none of ours comes near.
  static constexpr size_t kMaxEvent = 1 << 20;

  // Appends the events that `bytes` completes. An error is the stream's end:
  // every further call gives it again.
  Status Feed(std::string_view bytes, std::vector<WatchEvent>& events);

  // Whether the bytes so far end with a whole event.
  bool between_events() const { return line_.empty(); }

 private:
  Status Take(std::string_view line, std::vector<WatchEvent>& events);

  std::string line_;  // its end has not come yet
  Status failed_;
};

}  // namespace herald::kubernetes
