// SPDX-License-Identifier: Apache-2.0
#include "core/json/json.h"

#include <string>

#include "gtest/gtest.h"

namespace herald::json {
namespace {

std::string Quoted(std::string_view text) {
  std::string out;
  AppendQuoted(out, text);
  return out;
}

TEST(JsonTest, ParsesOneDocument) {
  auto value = Parse(R"({"a": [1, "b", null]})");
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(Serialize(*value), R"({"a":[1,"b",null]})");
}

TEST(JsonTest, RefusesWhatIsNotOneDocument) {
  for (const char* text :
       {"", "{", "{} {}", "{'a': 1}", "[1,]", "nul", "\"\x01\"", "\"\xff\""}) {
    EXPECT_FALSE(Parse(text).has_value()) << text;
  }
}

TEST(JsonTest, RefusesWhatIsNestedTooDeep) {
  auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(Parse(nested(32)).has_value());
  EXPECT_FALSE(Parse(nested(33)).has_value());
}

TEST(JsonTest, FindsStringMembersOnly) {
  auto value = Parse(R"({"a": "b", "c": 1})");
  const Object& object = value->get_object();
  EXPECT_EQ(GetString(object, "a"), "b");
  EXPECT_EQ(GetString(object, "c"), std::nullopt);
  EXPECT_EQ(GetString(object, "d"), std::nullopt);
}

TEST(JsonTest, IndentsForPeople) {
  auto value = Parse(R"({"a": {"b": []}, "c": [1, {}]})");
  EXPECT_EQ(Pretty(*value),
            "{\n"
            "  \"a\": {\n"
            "    \"b\": []\n"
            "  },\n"
            "  \"c\": [\n"
            "    1,\n"
            "    {}\n"
            "  ]\n"
            "}\n");
}

TEST(JsonTest, QuotesWhatNeedsIt) {
  EXPECT_EQ(Quoted("plain"), "\"plain\"");
  EXPECT_EQ(Quoted("a\"b\\c"), R"("a\"b\\c")");
  EXPECT_EQ(Quoted("\n\x1b[2J"), R"("\u000a\u001b[2J")");
  EXPECT_EQ(Quoted("\xc3\xa4 \xf0\x9f\x98\x80"),
            "\"\xc3\xa4 \xf0\x9f\x98\x80\"");
}

TEST(JsonTest, ReplacesBytesThatAreNotUtf8) {
  constexpr char kMark[] = "\xef\xbf\xbd";
  for (std::string bad : {"\xff", "\x80", "\xc3", "\xc0", "\xf8"}) {
    EXPECT_EQ(Quoted(bad), std::string("\"") + kMark + "\"");
  }
  // An overlong NUL, a surrogate, a code point above all: byte by byte.
  EXPECT_EQ(Quoted("\xc0\x80"), std::string("\"") + kMark + kMark + "\"");
  EXPECT_EQ(Quoted("\xed\xa0\x80"),
            std::string("\"") + kMark + kMark + kMark + "\"");
  EXPECT_EQ(Quoted("\xf4\x90\x80\x80"),
            std::string("\"") + kMark + kMark + kMark + kMark + "\"");
}

TEST(JsonTest, QuotedTextParsesBack) {
  for (int c = 0; c < 128; ++c) {
    std::string text = std::string("a") + static_cast<char>(c) + "b";
    auto value = Parse(Quoted(text));
    ASSERT_TRUE(value.has_value()) << c;
    EXPECT_EQ(
        std::string(value->get_string().c_str(), value->get_string().size()),
        text);
  }
}

// Plain bytes are taken eight at a time: each byte that is not plain, at each
// place of two such steps and of what is left over.
TEST(JsonTest, QuotesWhereverItStands) {
  for (int c = 0; c < 256; ++c) {
    for (size_t at = 0; at < 19; ++at) {
      std::string text(19, 'x');
      text[at] = static_cast<char>(c);
      std::string alone = Quoted(std::string(1, static_cast<char>(c)));
      std::string inside = alone.substr(1, alone.size() - 2);
      EXPECT_EQ(Quoted(text), "\"" + std::string(at, 'x') + inside +
                                  std::string(18 - at, 'x') + "\"")
          << c << " at " << at;
    }
  }
}

}  // namespace
}  // namespace herald::json
