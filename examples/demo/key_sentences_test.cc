// SPDX-License-Identifier: Apache-2.0
#include "examples/demo/key_sentences.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace herald::demo {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(KeySentencesTest, CutsAtSentenceEndsOnly) {
  EXPECT_THAT(
      SplitSentences("Dr. A. Weber came at 3.5 bar.\n Why?  It\nran "
                     "on"),
      ElementsAre("Dr. A. Weber came at 3.5 bar.", "Why?", "It ran on"));
  EXPECT_THAT(SplitSentences("  \n "), IsEmpty());
}

TEST(KeySentencesTest, PicksTheSentencesThatOthersTalkAboutInTextOrder) {
  // The weather shares no word with anything; the pump is what this is about.
  EXPECT_THAT(
      KeySentences("The weather stayed mild. The cooling pump failed at the "
                   "northern plant. Lunch came late. Engineers replaced the "
                   "failed pump at the plant. A spare pump waits at the "
                   "northern plant now.",
                   2),
      ElementsAre("The cooling pump failed at the northern plant.",
                  "Engineers replaced the failed pump at the plant."));
}

TEST(KeySentencesTest, GivesAShortTextBackWhole) {
  EXPECT_THAT(KeySentences("One. Two.", 3), ElementsAre("One.", "Two."));
}

}  // namespace
}  // namespace herald::demo
