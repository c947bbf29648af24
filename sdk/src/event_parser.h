// SPDX-License-Identifier: Apache-2.0
//
// Server-sent events out of pieces of text (WHATWG HTML 9.2.6): lines end with
// LF, CR or CRLF, an empty one ends an event, pieces may break anywhere.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "herald/client.h"

namespace herald::sdk {

// A value.
class EventParser {
 public:
  void Feed(std::string_view piece);
  // The next whole event; an event that the text's end cuts off is dropped, as
  // the standard says.
  std::optional<Event> Take();

 private:
  void OnLine(std::string_view line);

  std::string line_;
  bool after_cr_ = false;
  bool at_start_ = true;  // a byte order mark may come
  Event event_;
  bool has_data_ = false;
  std::string last_id_;
  std::deque<Event> ready_;
};

}  // namespace herald::sdk
