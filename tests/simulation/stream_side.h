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

namespace herald::simulation {

// What travels in one direction, in order: a head, a piece of body, trailers.
struct StreamItem {
  std::optional<http::ResponseHead> head;
  std::optional<http::Headers> trailers;
  std::string body;
  bool end = false;
};

struct StreamSide {
  http::StreamEvents* events = nullptr;
  bool open = true;              // its Stream is there and was not reset
  bool gave_end = false;         // it has ended its half
  bool got_end = false;          // it was told the other half's end
  size_t owed = 0;               // body bytes told and not consumed
  std::deque<StreamItem> inbox;  // arrived, not told yet

  // Takes out the next item that may be told now, of a body as much as the
  // window has room for.
  std::optional<StreamItem> Next();
  void Tell(StreamItem item);
  // REQUIRES: no more than came.
  void Consume(size_t n);
};

}  // namespace herald::simulation
