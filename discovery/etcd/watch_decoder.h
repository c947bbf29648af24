// SPDX-License-Identifier: Apache-2.0
//
// The answer to a watch of etcd's JSON gateway: one document a line, each with
// any number of changes, or with a word about the watch itself. Bytes in,
// messages out; it knows no socket and no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.h"

namespace herald::etcd {

// A key that was written, or deleted (no value).
struct Change {
  std::string key;
  std::optional<std::string> value;
  int64_t revision = 0;  // of the store, at which it was so
};

struct WatchMessage {
  int64_t revision = 0;   // of the store when this was sent
  bool created = false;   // the watch began
  bool fragment = false;  // more of the same revision follows
  bool canceled = false;  // the watch is over, because of
  std::string reason;
  // Where the watch asked for what the store had thrown away by then: the
  // oldest revision it still has.
  int64_t compact_revision = 0;
  std::vector<Change> changes;
};

// One owner, one thread; one a watch.
class WatchDecoder {
 public:
  // What one message may have, its line's end not counted. A server that is
  // asked for fragments sends about 1.5 MiB at most, which is 2 MiB in base64.
  static constexpr size_t kMaxMessage = 8 << 20;

  // Appends the messages that `bytes` completes. An error is the stream's end:
  // every further call gives it again.
  Status Feed(std::string_view bytes, std::vector<WatchMessage>& messages);

 private:
  Status Take(std::string_view line, std::vector<WatchMessage>& messages);

  std::string line_;  // its end has not come yet
  Status failed_;
};

}  // namespace herald::etcd
