// SPDX-License-Identifier: Apache-2.0
//
// Bodies of HTTP/1.1 from bytes (RFC 9112 §6, §7): of a declared length, in
// chunks, until the connection ends, or none. The pieces are views into the
// bytes that came in; nothing is copied. Chunk sizes are plain digits,
// extensions must have the grammar's form and are dropped.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/http/h1_head.h"
#include "core/http/message.h"
#include "core/http/validate.h"

namespace herald::http {

// Reads the body of one message after the other. A member of an H1End.
class H1BodyReader {
 public:
  enum class Kind {
    kMore,      // bytes or credit are missing
    kPiece,     // `data`; with `last` the body is over
    kTrailers,  // the body is over; see TakeTrailers
    kFault,     // see fault()
  };
  struct Step {
    Kind kind;
    std::string_view data;
    bool last = false;
  };

  explicit H1BodyReader(const Limits& limits)
      : limits_(limits), scanner_(Section::kTrailers, limits) {}

  void StartNothing() { state_ = State::kOver; }
  void StartLength(uint64_t length);
  void StartChunks();
  void StartUntilEof() { state_ = State::kUntilEof; }

  bool over() const { return state_ == State::kOver; }
  bool until_eof() const { return state_ == State::kUntilEof; }

  // Takes the next piece, of at most `credit` bytes, off `input`.
  // REQUIRES: !over().
  Step Next(std::string_view& input, size_t credit);

  Headers TakeTrailers();
  const H1Fault& fault() const { return fault_; }

 private:
  enum class State {
    kOver,
    kLength,
    kUntilEof,
    kChunkSize,
    kChunk,
    kChunkEnd,
    kTrailers,
  };

  Step Piece(std::string_view& input, size_t credit);
  Step Fault(H1Fault fault);
  // Each takes one element of chunked coding; true when it was whole.
  bool TakeChunkSize(std::string_view& input);
  bool TakeChunkEnd(std::string_view& input);
  Step TakeTrailerSection(std::string_view& input);

  const Limits limits_;
  State state_ = State::kOver;
  BodyLength length_;  // of the body, or of the chunk
  HeadScanner scanner_;
  Headers trailers_;
  std::optional<H1Fault> broken_;
  H1Fault fault_;
};

}  // namespace herald::http
