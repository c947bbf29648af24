// SPDX-License-Identifier: Apache-2.0
#include "sdk/src/event_parser.h"

#include <utility>

namespace herald::sdk {

void EventParser::Feed(std::string_view piece) {
  for (char c : piece) {
    bool second_half = after_cr_ && c == '\n';
    after_cr_ = c == '\r';
    if (second_half) continue;
    if (c == '\r' || c == '\n') {
      OnLine(line_);
      line_.clear();
    } else {
      line_ += c;
    }
  }
}

std::optional<Event> EventParser::Take() {
  if (ready_.empty()) return std::nullopt;
  Event event = std::move(ready_.front());
  ready_.pop_front();
  return event;
}

void EventParser::OnLine(std::string_view line) {
  if (at_start_ && line.substr(0, 3) == "\xef\xbb\xbf") line.remove_prefix(3);
  at_start_ = false;
  if (line.empty()) {
    if (has_data_) {
      event_.data.pop_back();  // the line break after the last line
      event_.id = last_id_;
      if (event_.name.empty()) event_.name = "message";
      ready_.push_back(std::move(event_));
    }
    event_ = Event();
    has_data_ = false;
    return;
  }
  size_t colon = line.find(':');
  std::string_view field = line.substr(0, colon);
  std::string_view value;
  if (colon != std::string_view::npos) value = line.substr(colon + 1);
  if (!value.empty() && value[0] == ' ') value.remove_prefix(1);
  if (field == "data") {
    event_.data.append(value);
    event_.data += '\n';
    has_data_ = true;
  } else if (field == "event") {
    event_.name = value;
  } else if (field == "id" && value.find('\0') == std::string_view::npos) {
    last_id_ = value;
  }
}

}  // namespace herald::sdk
