// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/send_buffer.h"

#include <gtest/gtest.h>

#include <string>

#include "core/base/random.h"

namespace herald::transport {
namespace {

struct Piece {
  const uint8_t* base;
  size_t len;
};

std::string TakeAll(SendBuffer& buffer) {
  std::string out;
  Piece pieces[4];
  while (size_t count = buffer.Take(pieces, 4)) {
    for (size_t i = 0; i < count; ++i) {
      out.append(reinterpret_cast<const char*>(pieces[i].base), pieces[i].len);
    }
  }
  return out;
}

TEST(SendBufferTest, HandsOutWhatWasAppendedOnce) {
  SendBuffer buffer;
  buffer.Append("one ");
  buffer.Append("");
  buffer.Append("two");
  EXPECT_EQ(buffer.waiting(), 7u);
  EXPECT_EQ(TakeAll(buffer), "one two");
  EXPECT_EQ(TakeAll(buffer), "");
  EXPECT_EQ(buffer.waiting(), 0u);
}

TEST(SendBufferTest, WhatIsInFlightStaysInPlaceWhileMoreIsAppended) {
  SendBuffer buffer;
  buffer.Append("first");
  Piece piece;
  ASSERT_EQ(buffer.Take(&piece, 1), 1u);
  buffer.Append(std::string(100'000, 'x'));
  TakeAll(buffer);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(piece.base), piece.len),
            "first");
}

TEST(SendBufferTest, GoesOnAfterAllOfItWasAcknowledged) {
  SendBuffer buffer;
  buffer.Append("gone");
  TakeAll(buffer);
  buffer.Acknowledge(4);
  buffer.Append("next");
  EXPECT_EQ(TakeAll(buffer), "next");
}

// Pieces of all sizes, taken and acknowledged in any rhythm: what comes out is
// what went in.
TEST(SendBufferTest, KeepsTheOrderInAnyRhythm) {
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    Random random(seed);
    SendBuffer buffer;
    std::string in, out;
    size_t acknowledged = 0;
    for (int step = 0; step < 200; ++step) {
      switch (random.Below(4)) {
        case 0:
          in += std::string(random.Below(3000),
                            static_cast<char>('a' + step % 26));
          buffer.Append(
              std::string_view(in).substr(out.size() + buffer.waiting()));
          break;
        case 1: {
          Piece piece;
          if (buffer.Take(&piece, 1) == 1) {
            out.append(reinterpret_cast<const char*>(piece.base), piece.len);
          }
          break;
        }
        case 2:
          out += TakeAll(buffer);
          break;
        default: {
          size_t n = random.Below(out.size() - acknowledged + 1);
          buffer.Acknowledge(n);
          acknowledged += n;
        }
      }
    }
    out += TakeAll(buffer);
    ASSERT_EQ(out, in) << "seed " << seed;
  }
}

}  // namespace
}  // namespace herald::transport
