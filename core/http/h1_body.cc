// SPDX-License-Identifier: Apache-2.0
#include "core/http/h1_body.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/http/grammar.h"

namespace herald::http {
namespace {

// Longest line with a chunk's size and extensions. Nobody we know sends any.
constexpr size_t kMaxChunkLine = 256;

// 15 hex digits are below 2^60.
constexpr size_t kMaxSizeDigits = 15;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

size_t TokenLength(std::string_view text) {
  size_t length = 0;
  while (length < text.size() && IsToken(text.substr(length, 1))) ++length;
  return length;
}

// A quoted string at the front, without escapes; 0 when there is none.
size_t QuotedLength(std::string_view text) {
  if (text.empty() || text[0] != '"') return 0;
  size_t close = text.find('"', 1);
  if (close == std::string_view::npos) return 0;
  std::string_view inside = text.substr(1, close - 1);
  bool plain = IsFieldValue(inside) && inside.find('\\') == inside.npos;
  return plain ? close + 1 : 0;
}

// *( ";" token [ "=" ( token / quoted-string ) ] ), without white space.
bool AreExtensions(std::string_view text) {
  while (!text.empty()) {
    if (text[0] != ';') return false;
    text.remove_prefix(1);
    size_t name = TokenLength(text);
    if (name == 0) return false;
    text.remove_prefix(name);
    if (text.empty() || text[0] != '=') continue;
    text.remove_prefix(1);
    size_t value = std::max(TokenLength(text), QuotedLength(text));
    if (value == 0) return false;
    text.remove_prefix(value);
  }
  return true;
}

std::optional<uint64_t> ParseChunkLine(std::string_view line) {
  uint64_t size = 0;
  size_t digits = 0;
  while (digits < line.size() && HexDigit(line[digits]) >= 0) {
    if (digits == kMaxSizeDigits) return std::nullopt;
    size = size * 16 + static_cast<uint64_t>(HexDigit(line[digits++]));
  }
  if (digits == 0 || !AreExtensions(line.substr(digits))) return std::nullopt;
  return size;
}

}  // namespace

void H1BodyReader::StartLength(uint64_t length) {
  length_.Expect(length);
  state_ = length == 0 ? State::kOver : State::kLength;
}

void H1BodyReader::StartChunks() {
  state_ = State::kChunkSize;
  scanner_.Restart();
}

H1BodyReader::Step H1BodyReader::Fault(H1Fault fault) {
  fault_ = fault;
  state_ = State::kOver;
  return {Kind::kFault, {}, false};
}

// Body bytes, as many as input, credit and what is declared allow.
H1BodyReader::Step H1BodyReader::Piece(std::string_view& input, size_t credit) {
  uint64_t left = length_.left().value_or(UINT64_MAX);
  if (state_ == State::kUntilEof) left = UINT64_MAX;
  size_t take = std::min(input.size(), credit);
  take = static_cast<size_t>(std::min<uint64_t>(take, left));
  if (take == 0) return {Kind::kMore, {}, false};
  std::string_view data = input.substr(0, take);
  input.remove_prefix(take);
  if (state_ == State::kUntilEof) return {Kind::kPiece, data, false};
  HERALD_CHECK(length_.Add(take), "take is at most what is left");
  if (!length_.Complete()) return {Kind::kPiece, data, false};
  bool last = state_ == State::kLength;
  state_ = last ? State::kOver : State::kChunkEnd;
  return {Kind::kPiece, data, last};
}

H1BodyReader::Step H1BodyReader::Next(std::string_view& input, size_t credit) {
  for (;;) {
    bool whole = false;
    switch (state_) {
      case State::kOver:
        HERALD_CHECK(false, "a body that is over has no next piece");
        break;
      case State::kLength:
      case State::kUntilEof:
      case State::kChunk:
        return Piece(input, credit);
      case State::kChunkSize:
        whole = TakeChunkSize(input);
        break;
      case State::kChunkEnd:
        whole = TakeChunkEnd(input);
        break;
      case State::kTrailers:
        return TakeTrailerSection(input);
    }
    if (broken_.has_value()) {
      return Fault(*std::exchange(broken_, std::nullopt));
    }
    if (!whole) return {Kind::kMore, {}, false};
  }
}

bool H1BodyReader::TakeChunkSize(std::string_view& input) {
  size_t feed = input.substr(0, kMaxChunkLine).find('\n');
  if (feed == std::string_view::npos) {
    if (input.size() < kMaxChunkLine) return false;
    broken_ = H1Fault{400, "the line of a chunk is too long"};
    return false;
  }
  std::optional<uint64_t> size;
  if (feed > 0 && input[feed - 1] == '\r') {
    size = ParseChunkLine(input.substr(0, feed - 1));
  }
  if (!size) {
    broken_ = H1Fault{400, "the size of a chunk is malformed"};
    return false;
  }
  input.remove_prefix(feed + 1);
  length_.Expect(*size);
  state_ = *size == 0 ? State::kTrailers : State::kChunk;
  return true;
}

bool H1BodyReader::TakeChunkEnd(std::string_view& input) {
  std::string_view end = input.substr(0, 2);
  if (end != std::string_view("\r\n").substr(0, end.size())) {
    broken_ = H1Fault{400, "a chunk does not end in CR LF"};
    return false;
  }
  if (end.size() < 2) return false;
  input.remove_prefix(2);
  state_ = State::kChunkSize;
  return true;
}

H1BodyReader::Step H1BodyReader::TakeTrailerSection(std::string_view& input) {
  switch (scanner_.Scan(input)) {
    case HeadScanner::Result::kMore:
      return {Kind::kMore, {}, false};
    case HeadScanner::Result::kFault:
      return Fault(scanner_.fault());
    case HeadScanner::Result::kWhole:
      break;
  }
  std::string_view block = input.substr(0, scanner_.size());
  trailers_ = Headers();
  if (auto fault = ParseTrailers(block, limits_, trailers_)) {
    return Fault(*fault);
  }
  input.remove_prefix(scanner_.size());
  state_ = State::kOver;
  if (trailers_.empty()) return {Kind::kPiece, {}, true};
  return {Kind::kTrailers, {}, true};
}

Headers H1BodyReader::TakeTrailers() { return std::move(trailers_); }

}  // namespace herald::http
