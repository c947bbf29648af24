// SPDX-License-Identifier: Apache-2.0
#include "core/yaml/map_reader.h"

#include <array>

#include "core/yaml/parse.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace herald::yaml {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using namespace std::chrono_literals;

enum class Colour { kRed, kBlue };
constexpr std::array<Choice<Colour>, 2> kColours = {
    Choice<Colour>{"red", Colour::kRed}, {"blue", Colour::kBlue}};

// One text, parsed, with its problems.
struct Fixture {
  explicit Fixture(const std::string& text) : problems("f.yaml", text) {
    root = ParseOne(problems).value_or(Node{});
  }
  Problems problems;
  Node root;
};

TEST(MapReaderTest, ReadsEveryType) {
  Fixture f(
      "name: x\non: true\nn: 7\nf: 0.5\nd: 2s\nl: [a, b]\ncolour: blue\n"
      "sub: {k: v}\nlist:\n- {a: b}\n");
  {
    MapReader map(f.root, f.problems, "the file");
    EXPECT_EQ(map.RequiredString("name"), "x");
    EXPECT_EQ(map.Bool("on"), true);
    EXPECT_EQ(map.Int("n"), 7);
    EXPECT_EQ(map.Number("f"), 0.5);
    EXPECT_EQ(map.Duration("d"), 2s);
    EXPECT_THAT(*map.Strings("l"), ElementsAre("a", "b"));
    EXPECT_EQ(map.Enum<Colour>("colour", kColours), Colour::kBlue);
    EXPECT_EQ(map.Map("sub").String("k"), "v");
    EXPECT_THAT(map.List("list"), SizeIs(1));
    map.List("list");
    EXPECT_FALSE(map.String("absent"));
    EXPECT_FALSE(map.Map("absent").present());
  }
  EXPECT_EQ(Render(f.problems.issues()), "");
}

TEST(MapReaderTest, ReportsWhatNobodyAskedForWithTheNearestName) {
  Fixture f("adress: 1.1.1.1:1\nzzz: 1\n");
  { MapReader(f.root, f.problems, "peer").String("address"); }
  EXPECT_EQ(Render(f.problems.issues()),
            "f.yaml:1:1: error: unknown key 'adress' in peer; did you mean "
            "'address'?\n    adress: 1.1.1.1:1\n    ^\n"
            "f.yaml:2:1: error: unknown key 'zzz' in peer\n    zzz: 1\n"
            "    ^\n");
}

TEST(MapReaderTest, ReportsAllThatIsMissingOrOfTheWrongKind) {
  Fixture f("a: [1]\nb: x\nc: NO\nd: purple\nm: 1\nl: word\n");
  {
    MapReader map(f.root, f.problems, "thing");
    EXPECT_EQ(map.RequiredString("a"), "");
    EXPECT_FALSE(map.Int("b"));
    EXPECT_FALSE(map.String("c"));
    EXPECT_FALSE(map.Enum<Colour>("d", kColours));
    EXPECT_FALSE(map.Map("m").present());
    EXPECT_FALSE(map.Strings("l"));
    map.RequiredString("e");
  }
  std::string all = Render(f.problems.issues());
  EXPECT_THAT(f.problems.issues(), SizeIs(7));
  EXPECT_THAT(all, HasSubstr("thing needs 'e'"));
  EXPECT_THAT(all, HasSubstr("'d' must be one of red, blue, not the text"));
  EXPECT_THAT(all, HasSubstr("'m' must be a map, not a number '1'"));
  EXPECT_THAT(all, HasSubstr("write [word]"));
}

TEST(MapReaderTest, AMapThatIsNoneIsOneProblem) {
  Fixture f("[1, 2]");
  {
    MapReader map(f.root, f.problems, "the file");
    map.RequiredString("name");
    EXPECT_FALSE(map.present());
  }
  EXPECT_THAT(f.problems.issues(), SizeIs(1));
}

TEST(MapReaderTest, FreeKeysMayBeAnythingButTraps) {
  Fixture f("EU: 1\nNO: 2\n\"no\": 3\n");
  { EXPECT_THAT(MapReader(f.root, f.problems, "sets").Entries(), SizeIs(3)); }
  ASSERT_THAT(f.problems.issues(), SizeIs(1));
  EXPECT_THAT(Render(f.problems.issues()), HasSubstr("2:1"));
}

}  // namespace
}  // namespace herald::yaml
