// SPDX-License-Identifier: Apache-2.0
#include "discovery/roll.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "core/base/random.h"

namespace herald::discovery {
namespace {

struct Word {
  std::string key;
  int value;
  bool operator==(const Word&) const = default;
};
struct KeyOfWord {
  std::string_view operator()(const Word& word) const { return word.key; }
};
using Words = Roll<Word, KeyOfWord>;
using Model = std::map<std::string, std::vector<Word>>;

std::vector<Word> Listed(const Words& words) {
  return {words.begin(), words.end()};
}
std::vector<Word> Listed(const Model& model) {
  std::vector<Word> out;
  for (const auto& [key, group] : model) {
    out.insert(out.end(), group.begin(), group.end());
  }
  return out;
}

TEST(RollTest, HasNothingToBeginWith) {
  Words words;
  EXPECT_TRUE(words.empty());
  EXPECT_TRUE(words.Find("a").empty());
  words.Replace("a", {});
  EXPECT_EQ(words.begin(), words.end());
}

TEST(RollTest, AGroupStaysTogetherInTheOrderGiven) {
  Words words;
  const Word b[] = {{"b", 2}, {"b", 1}};
  const Word a[] = {{"a", 0}};
  words.Replace("b", b);
  words.Replace("a", a);
  EXPECT_EQ(Listed(words), (std::vector<Word>{{"a", 0}, {"b", 2}, {"b", 1}}));
  EXPECT_EQ(words.Find("b").size(), 2u);
  words.Replace("b", {});
  EXPECT_EQ(words.size(), 1u);
}

TEST(RollTest, AGroupLongerThanAChunkStaysWhole) {
  Words words;
  const std::vector<Word> many(Words::kMaxChunk + 9, Word{"m", 1});
  words.Replace("m", many);
  for (const char* key : {"a", "z", "m"}) {
    const std::vector<Word> one(*key == 'm' ? many.size() : 1, Word{key, 2});
    words.Replace(key, one);
  }
  EXPECT_EQ(words.Find("m").size(), many.size());
  EXPECT_EQ(words.Find("z").size(), 1u);
  EXPECT_EQ(words.size(), many.size() + 2);
}

// Random changes beside a map; now and then a copy is kept with what it had
// then, and must have it still at the end.
TEST(RollTest, IsAnOrderedMapWhoseCopiesDoNotChange) {
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    Words words;
    Model model;
    std::vector<std::pair<Words, std::vector<Word>>> kept;
    for (int step = 0; step < 4000; ++step) {
      // Few removals at first, so that chunks split; then many, so that they
      // empty.
      const bool remove = random.Below(10) < (step < 2500 ? 1u : 9u);
      const std::string key = std::to_string(random.Below(1500));
      const std::vector<Word> group(remove ? 0 : 1 + random.Below(3),
                                    Word{key, step});
      words.Replace(key, group);
      model.erase(key);
      if (!remove) model[key] = group;
      EXPECT_EQ(words.Find(key).size(), group.size());
      if (step % 500 == 0) kept.emplace_back(words, Listed(words));
    }
    EXPECT_EQ(Listed(words), Listed(model));
    EXPECT_EQ(words.size(), Listed(model).size());
    for (const auto& [copy, then] : kept) EXPECT_EQ(Listed(copy), then);
  }
}

}  // namespace
}  // namespace herald::discovery
