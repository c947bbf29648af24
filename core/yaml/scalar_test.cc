// SPDX-License-Identifier: Apache-2.0
#include "core/yaml/scalar.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace herald::yaml {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

Node Scalar(std::string text, bool quoted = false) {
  return Node{.kind = Kind::kScalar,
              .text = std::move(text),
              .quoted = quoted,
              .at = {1, 1}};
}

TEST(ScalarTest, KnowsTheTrapsOfYaml) {
  for (const char* word : {"no", "NO", "No", "yes", "on", "off", "OFF", "true"})
    EXPECT_EQ(TrapOf(word), "a boolean") << word;
  for (const char* word : {"012", "0777", "0o17", "-07"})
    EXPECT_EQ(TrapOf(word), "an octal number") << word;
  for (const char* word : {"12:30", "190:20:30", "1:59", "20:30.15"})
    EXPECT_EQ(TrapOf(word), "a sexagesimal number") << word;
  for (const char* word : {"1", "-42", "1.5", "1e3", "12e4", ".inf", "1_000"})
    EXPECT_EQ(TrapOf(word), "a number") << word;
  for (const char* word : {"~", "null", ""})
    EXPECT_EQ(TrapOf(word), "nothing") << word;
}

TEST(ScalarTest, DoesNotSeeTrapsWhereThereAreNone) {
  for (const char* word :
       {"DE", "Norway", "n", "127.0.0.1:8080", "[::1]:1", "1.2.3", "2027-02-01",
        "10m", "e3", "spiffe://a/b", "12:75", "NOT", "-", "_1", "0.0.0.0:15443",
        "18080:90"})
    EXPECT_EQ(TrapOf(word), "") << word;
}

TEST(ScalarTest, NorwayMustBeQuoted) {
  Problems problems("f.yaml", "NO\n");
  EXPECT_FALSE(ReadString(Scalar("NO"), problems, "a country"));
  EXPECT_EQ(Render(problems.issues()),
            "f.yaml:1:1: error: a country must be a text, not a boolean 'NO'; "
            "YAML reads NO as a boolean; write \"NO\"\n    NO\n    ^\n");
  EXPECT_EQ(ReadString(Scalar("NO", true), problems, "a country"), "NO");
}

TEST(ScalarTest, ReadsDurationsAndWritesThemShort) {
  EXPECT_EQ(ParseDuration("0ms"), 0ms);
  EXPECT_EQ(ParseDuration("1500ms"), 1500ms);
  EXPECT_EQ(ParseDuration("2s"), 2s);
  EXPECT_EQ(ParseDuration("10m"), 10min);
  EXPECT_EQ(ParseDuration("24h"), 24h);
  for (const char* bad : {"", "2", "s", "-1s", "1.5s", "2 s", "1w", "+1s",
                          "99999999999999999h", "10000000000000d"})
    EXPECT_FALSE(ParseDuration(bad)) << bad;
  EXPECT_EQ(ToString(1500ms), "1500ms");
  EXPECT_EQ(ToString(2000ms), "2s");
  EXPECT_EQ(ToString(48h), "2d");
  EXPECT_EQ(ToString(0ms), "0s");
}

TEST(ScalarTest, SaysWhatItExpectedAndWhatItFound) {
  Problems problems("f.yaml", "");
  EXPECT_FALSE(ReadBool(Scalar("yes"), problems, "'controlled'"));
  EXPECT_FALSE(ReadInt(Scalar("ten"), problems, "'port'"));
  EXPECT_FALSE(ReadInt(Scalar("010"), problems, "'port'"));
  EXPECT_FALSE(ReadInt(Scalar("70000"), problems, "'port'", {1, 65535}));
  EXPECT_FALSE(ReadDuration(Scalar("5"), problems, "'idle'"));
  EXPECT_FALSE(ReadNumber(Scalar("nan"), problems, "'cost'"));
  EXPECT_FALSE(ReadString(Node{.kind = Kind::kList}, problems, "'name'"));
  EXPECT_FALSE(ReadString(Scalar("", true), problems, "'name'"));
  std::string all = Render(problems.issues());
  EXPECT_THAT(all, HasSubstr("'controlled' must be true or false, not a "
                             "boolean 'yes'"));
  EXPECT_THAT(all, HasSubstr("'port' must be a whole number, not the text"));
  EXPECT_THAT(all, HasSubstr("leading 0 as octal"));
  EXPECT_THAT(all, HasSubstr("'port' must be at most 65535, not 70000"));
  EXPECT_THAT(all, HasSubstr("'idle' must be a duration, not a number '5'"));
  EXPECT_THAT(all, HasSubstr("'name' must be a text, not a list"));
  EXPECT_THAT(all, HasSubstr("'name' must not be empty"));
}

}  // namespace
}  // namespace herald::yaml
