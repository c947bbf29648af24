// SPDX-License-Identifier: Apache-2.0
//
// One end of an exchange in memory: what has arrived for it and is let in as
// its window allows. What carries it there, and when, is for its user to say.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>

#include "core/http/exchange.h"

namespace herald::http {

// What travels in one direction, in order: a head, a piece of body, trailers.
struct StreamItem {
  std::optional<ResponseHead> head;
  std::optional<Headers> trailers;
  std::string body;
  bool end = false;
};

struct StreamSide {
  StreamEvents* events = nullptr;
  bool open = true;              // its Stream is there and was not reset
  bool gave_end = false;         // it has ended its half
  bool got_end = false;          // it was told the other half's end
  size_t owed = 0;               // body bytes told and not consumed
  std::deque<StreamItem> inbox;  // arrived, not told yet

  // Nothing is left to be reported, or to be cut off.
  bool whole() const { return gave_end && got_end; }

  // Takes out the next item that may be told now, of a body as much as the
  // window has room for.
  std::optional<StreamItem> Next();
  void Tell(StreamItem item);
  // REQUIRES: no more than came.
  void Consume(size_t n);
};

}  // namespace herald::http
