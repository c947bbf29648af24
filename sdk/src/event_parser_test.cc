// SPDX-License-Identifier: Apache-2.0
#include "sdk/src/event_parser.h"

#include <string>

#include "gtest/gtest.h"

namespace herald::sdk {
namespace {

// Every event of `text`, fed in pieces of `size`: "name|data|id;".
std::string Parse(std::string_view text, size_t size) {
  EventParser parser;
  std::string out;
  while (!text.empty()) {
    parser.Feed(text.substr(0, size));
    text.remove_prefix(std::min(size, text.size()));
    while (std::optional<Event> event = parser.Take()) {
      out += event->name + "|" + event->data + "|" + event->id + ";";
    }
  }
  return out;
}

TEST(EventParserTest, ReadsTheSameHoweverThePiecesBreak) {
  std::string text =
      "\xef\xbb\xbf: a comment\r\nid: 7\r\ndata:one\r\ndata\r\n\r\n"
      "event: tick\rdata:  two\r\r"
      "retry: 10\nunknown: x\n\ndata: three\n\n";
  std::string expected = "message|one\n|7;tick| two|7;message|three|7;";
  for (size_t size = 1; size <= text.size(); ++size) {
    EXPECT_EQ(Parse(text, size), expected) << "pieces of " << size;
  }
}

TEST(EventParserTest, DropsAnEventThatTheEndCutsOff) {
  EXPECT_EQ(Parse("data: one\n\ndata: two\n", 100), "message|one|;");
}

}  // namespace
}  // namespace herald::sdk
