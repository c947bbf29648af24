// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/watch_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald::kubernetes {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Type = WatchEvent::Type;

class WatchDecoderTest : public testing::Test {
 protected:
  Status Feed(std::string_view bytes) { return decoder_.Feed(bytes, events_); }

  WatchDecoder decoder_;
  std::vector<WatchEvent> events_;
};

TEST_F(WatchDecoderTest, EveryTypeOfEventIsTold) {
  ASSERT_TRUE(Feed("{\"type\":\"ADDED\",\"object\":{\"a\":1}}\n"
                   "{\"type\":\"MODIFIED\",\"object\":{}}\n"
                   "{\"type\":\"DELETED\",\"object\":{}}\n"
                   "{\"type\":\"BOOKMARK\",\"object\":{}}\n"
                   "{\"type\":\"ERROR\",\"object\":{\"code\":410}}\n")
                  .ok());
  ASSERT_THAT(events_, SizeIs(5));
  EXPECT_EQ(events_[0].type, Type::kAdded);
  EXPECT_EQ(json::Serialize(events_[0].object), "{\"a\":1}");
  EXPECT_EQ(events_[1].type, Type::kModified);
  EXPECT_EQ(events_[2].type, Type::kDeleted);
  EXPECT_EQ(events_[3].type, Type::kBookmark);
  EXPECT_EQ(events_[4].type, Type::kError);
}

TEST_F(WatchDecoderTest, PiecesMayEndAnywhere) {
  const std::string text =
      "{\"type\":\"ADDED\",\"object\":{\"name\":\"a\\nb\"}}\n"
      "{\"type\":\"DELETED\",\"object\":{}}\n";
  for (char byte : text) ASSERT_TRUE(Feed({&byte, 1}).ok());
  ASSERT_THAT(events_, SizeIs(2));
  EXPECT_EQ(json::GetString(events_[0].object, "name"), "a\nb");
  EXPECT_TRUE(decoder_.between_events());
}

TEST_F(WatchDecoderTest, AnEventWithoutItsEndIsNotToldYet) {
  ASSERT_TRUE(Feed("{\"type\":\"ADDED\",\"object\":{}}").ok());
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_FALSE(decoder_.between_events());
  ASSERT_TRUE(Feed("\r\n\n").ok());
  EXPECT_THAT(events_, SizeIs(1));
}

TEST_F(WatchDecoderTest, WhatIsNoEventEndsTheStream) {
  for (const char* line :
       {"nonsense", "[]", "{\"type\":\"ADDED\"}",
        "{\"type\":\"ADDED\",\"object\":[]}", "{\"object\":{}}",
        "{\"type\":\"RENAMED\",\"object\":{}}", "{\"type\":1,\"object\":{}}"}) {
    WatchDecoder decoder;
    EXPECT_FALSE(decoder.Feed(std::string(line) + "\n", events_).ok()) << line;
    EXPECT_FALSE(
        decoder.Feed("{\"type\":\"ADDED\",\"object\":{}}\n", events_).ok());
  }
  EXPECT_THAT(events_, IsEmpty());
}

TEST_F(WatchDecoderTest, WhatStoodBeforeTheFaultIsTold) {
  EXPECT_FALSE(Feed("{\"type\":\"ADDED\",\"object\":{}}\nnonsense\n").ok());
  EXPECT_THAT(events_, SizeIs(1));
}

// An event of `size` bytes, its line's end not counted.
std::string EventOf(size_t size) {
  const std::string begin = "{\"type\":\"ADDED\",\"object\":{\"a\":\"";
  const std::string end = "\"}}";
  return begin + std::string(size - begin.size() - end.size(), 'x') + end;
}

TEST_F(WatchDecoderTest, OneEventHasABound) {
  const size_t most = WatchDecoder::kMaxEvent;
  ASSERT_TRUE(Feed(EventOf(most) + "\n").ok());
  EXPECT_THAT(events_, SizeIs(1));
  const Status status = Feed(EventOf(most + 1));
  EXPECT_EQ(status.code(), StatusCode::kResourceExhausted);
  EXPECT_THAT(Message(status), HasSubstr("1048576"));
}

TEST_F(WatchDecoderTest, NestingHasABound) {
  std::string deep;
  for (int i = 0; i < 40; ++i) deep += "{\"a\":";
  deep += "1" + std::string(40, '}');
  EXPECT_FALSE(Feed("{\"type\":\"ADDED\",\"object\":" + deep + "}\n").ok());
}

}  // namespace
}  // namespace herald::kubernetes
