// SPDX-License-Identifier: Apache-2.0
#include "policy/pattern.h"

#include <string>

#include "gtest/gtest.h"

namespace herald::policy {
namespace {

TEST(PatternTest, AStarCrossesSlashes) {
  EXPECT_TRUE(Pattern("llm/*").Matches("llm/a/b"));
  EXPECT_TRUE(Pattern("llm/*").Matches("llm/"));
  EXPECT_FALSE(Pattern("llm/*").Matches("llm"));
  EXPECT_FALSE(Pattern("llm/*").Matches("xllm/a"));
  EXPECT_TRUE(Pattern("*").Matches(""));
  EXPECT_TRUE(Pattern("a*b*c").Matches("abbxbc"));
  EXPECT_FALSE(Pattern("a*b*c").Matches("abbxb"));
}

TEST(PatternTest, NothingElseIsSpecial) {
  EXPECT_TRUE(Pattern("a.b[c]?").Matches("a.b[c]?"));
  EXPECT_FALSE(Pattern("a.b").Matches("axb"));
  EXPECT_FALSE(Pattern("").Matches("a"));
}

// All patterns and texts over {a, b} up to four letters against the
// definition by recursion.
bool Slow(std::string_view p, std::string_view t) {
  if (p.empty()) return t.empty();
  if (p[0] == '*') {
    return Slow(p.substr(1), t) || (!t.empty() && Slow(p, t.substr(1)));
  }
  return !t.empty() && p[0] == t[0] && Slow(p.substr(1), t.substr(1));
}

std::string Word(int number, const char* letters, int base) {
  std::string word;
  for (; number > 0; number /= base) word += letters[number % base];
  return word;
}

TEST(PatternTest, AgreesWithItsDefinitionOnAllSmallTexts) {
  for (int p = 0; p < 3 * 3 * 3 * 3 * 3; ++p) {
    Pattern pattern(Word(p, "*ab", 3));
    for (int t = 0; t < 64; ++t) {
      std::string text = Word(t, "ab", 2);
      ASSERT_EQ(pattern.Matches(text), Slow(pattern.text(), text))
          << pattern.text() << " " << text;
    }
  }
}

TEST(PatternTest, ManyStarsTakeNoExponentialTime) {
  std::string stars;
  for (int i = 0; i < 30; ++i) stars += "*a";
  EXPECT_FALSE(Pattern(stars + "b").Matches(std::string(2000, 'a')));
}

}  // namespace
}  // namespace herald::policy
