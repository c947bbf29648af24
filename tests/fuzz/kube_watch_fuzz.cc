// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as the answer to a watch. Besides not crashing: how the bytes were
// cut into pieces makes no difference, and what comes out of it is read as
// agents without a crash.
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/base/check.h"
#include "discovery/kubernetes/agent_object.h"
#include "discovery/kubernetes/watch_decoder.h"

using herald::kubernetes::ReadAgentObject;
using herald::kubernetes::WatchDecoder;
using herald::kubernetes::WatchEvent;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(bytes) + 1,
                              size - 1);
  WatchDecoder whole;
  std::vector<WatchEvent> events;
  const bool ok = whole.Feed(text, events).ok();

  WatchDecoder cut;
  std::vector<WatchEvent> same;
  bool cut_ok = true;
  const size_t step = bytes[0] % 16 + 1;
  for (size_t at = 0; at < text.size(); at += step) {
    cut_ok = cut.Feed(text.substr(at, step), same).ok();
  }
  HERALD_CHECK(ok == cut_ok, "pieces make no difference");
  HERALD_CHECK(events.size() == same.size(), "pieces make no difference");
  for (size_t i = 0; i < events.size(); ++i) {
    HERALD_CHECK(events[i].object == same[i].object,
                 "pieces make no difference");
    (void)ReadAgentObject(events[i].object);
  }
  return 0;
}
