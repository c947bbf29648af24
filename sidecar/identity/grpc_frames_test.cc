// SPDX-License-Identifier: Apache-2.0
#include "sidecar/identity/grpc_frames.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace herald::identity {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// All messages of `bytes`, fed in pieces of that size.
std::vector<std::string> Messages(std::string_view bytes, size_t piece) {
  GrpcFrames frames;
  std::vector<std::string> out;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    frames.Feed(bytes.substr(at, piece));
    for (auto next = frames.Next(); next.ok() && *next; next = frames.Next()) {
      out.push_back(**next);
    }
  }
  return out;
}

TEST(GrpcFramesTest, HoweverBytesAreCutTheMessagesAreTheSame) {
  const std::string bytes =
      GrpcFrame("first") + GrpcFrame("") + GrpcFrame(std::string(300, 'x'));
  for (size_t piece : {1u, 4u, 5u, 7u, 1000u}) {
    EXPECT_THAT(Messages(bytes, piece),
                ElementsAre("first", "", std::string(300, 'x')));
  }
}

TEST(GrpcFramesTest, ACompressedMessageIsRefused) {
  GrpcFrames frames;
  frames.Feed(std::string("\1\0\0\0\1x", 6));
  EXPECT_THAT(std::string(frames.Next().status().message()),
              HasSubstr("compressed"));
}

TEST(GrpcFramesTest, AMessageAboveTheBoundIsRefusedByItsLength) {
  GrpcFrames at, above;
  at.Feed(std::string("\0\0\x40\0\0", 5));
  EXPECT_TRUE(at.Next().ok());  // 4 MiB: awaited
  above.Feed(std::string("\0\0\x40\0\1", 5));
  EXPECT_THAT(std::string(above.Next().status().message()),
              HasSubstr("4194305 bytes"));
}

}  // namespace
}  // namespace herald::identity
