// SPDX-License-Identifier: Apache-2.0
#include "sidecar/injector/manifest.h"

#include <gtest/gtest.h>

#include "core/yaml/parse.h"

namespace herald::injector {
namespace {

json::Value Read(const std::string& text) {
  yaml::Problems problems("m.yaml", text);
  auto root = yaml::ParseOne(problems);
  EXPECT_TRUE(root.has_value()) << Render(problems.issues()) << text;
  return root ? ToJson(*root) : json::Value();
}

TEST(ManifestTest, ScalarsMeanWhatKubectlTakesThemFor) {
  EXPECT_EQ(json::Serialize(
                Read("[1, -2, 0644, 0x1f, 0o17, 1_000, 2.5, true, yes, n, "
                     "null, ~, 'yes', \"12\", 10m, 1:20, v1, 2024-01-01]")),
            R"([1,-2,420,31,15,1000,2.5E0,true,true,false,null,null,)"
            R"("yes","12","10m","1:20","v1","2024-01-01"])");
}

TEST(ManifestTest, PrintsAsKubectlDoes) {
  EXPECT_EQ(ToYaml(*json::Parse(
                R"({"kind":"Pod","spec":{"args":["a","--b=c","x: y"],)"
                R"("containers":[{"name":"c","env":[]}],"m":{},"on":"off"}})")),
            "kind: Pod\n"
            "spec:\n"
            "  args:\n"
            "  - a\n"
            "  - \"--b=c\"\n"
            "  - \"x: y\"\n"
            "  containers:\n"
            "  - name: c\n"
            "    env: []\n"
            "  m: {}\n"
            "  \"on\": \"off\"\n");
}

TEST(ManifestTest, LinesStayLines) {
  const json::Value value =
      *json::Parse(R"({"a":["x\n\n  y\n","x\ny"],"b":{"c":"# z\n"}})");
  EXPECT_EQ(ToYaml(value),
            "a:\n"
            "- |\n"
            "  x\n"
            "\n"
            "    y\n"
            "- |-\n"
            "  x\n"
            "  y\n"
            "b:\n"
            "  c: |\n"
            "    # z\n");
}

constexpr const char* kTexts[] = {"",
                                  " ",
                                  "a ",
                                  "a: b",
                                  "a #b",
                                  "a:b",
                                  "a:",
                                  "#a",
                                  "- a",
                                  "?",
                                  "*a",
                                  "&a",
                                  "!a",
                                  "%a",
                                  "@a",
                                  "`a",
                                  "'",
                                  "\"",
                                  "\\",
                                  "{a}",
                                  "[a]",
                                  "a, b",
                                  "yes",
                                  "y",
                                  "NO",
                                  "null",
                                  "~",
                                  "1",
                                  "1e3",
                                  "0x1",
                                  "0644",
                                  "1:20",
                                  "12e03",
                                  ".5",
                                  "+1",
                                  "-",
                                  "--",
                                  "---",
                                  "...",
                                  "2024-01-01",
                                  "2024-01-01T00:00:00Z",
                                  "a\nb",
                                  "a\nb\n",
                                  "a\n\n",
                                  "\na",
                                  " a\nb",
                                  "a \nb",
                                  "a\n  ",
                                  "a\tb",
                                  "\ta",
                                  "a\n\tb",
                                  "a\r\nb",
                                  "\xc3\xa4",
                                  "\xe2\x80\xa8",
                                  "\x7f",
                                  "\x01",
                                  "---\na",
                                  "a\n---\nb",
                                  "=",
                                  "<<",
                                  "a\n# b\n",
                                  "http://x:80/y",
                                  "10m",
                                  "16Mi",
                                  "v1",
                                  "/bin/sh",
                                  "a  b",
                                  "it's",
                                  "$(X)",
                                  ">-",
                                  "|",
                                  "0",
                                  "-0",
                                  "a::b"};

// Whatever a text holds, it is read back as it was.
TEST(ManifestTest, WhatIsPrintedIsReadBackEqual) {
  for (const char* text : kTexts) {
    json::Value value = json::Object{
        {"k", text},
        {"l", json::Array{text, json::Array{text}, json::Object{{"m", text}}}}};
    value.get_object()[json::View(std::string("x") + text)] = 1;
    EXPECT_EQ(Read(ToYaml(value)), value) << ToYaml(value);
    EXPECT_EQ(Read(ToYaml(json::Value(text))), json::Value(text));
  }
}

TEST(ManifestTest, NumbersAreReadBackEqual) {
  for (const char* text :
       {"0", "-1", "9223372036854775807", "-9223372036854775808",
        "18446744073709551615", "1E-7", "1.5E300", "-2.5E0", "true", "null",
        "0.5", "3.0", "[]", "{}", "[[]]", "[[[1],2]]", "[{}]"}) {
    json::Value value = json::Object{{"k", *json::Parse(text)}};
    EXPECT_EQ(Read(ToYaml(value)), value) << text;
  }
}

TEST(ManifestTest, APlaceIsThatOfTheValueOrOfWhatIsAround) {
  yaml::Problems problems("m", "a:\n  b/c:\n  - x\n  - {y: 1}\n");
  auto root = yaml::ParseOne(problems);
  ASSERT_TRUE(root);
  EXPECT_EQ(PlaceOf(*root, "/a/b~1c/1/y"), (Position{4, 9}));
  EXPECT_EQ(PlaceOf(*root, "/a/b~1c/7"), (Position{3, 3}));
  EXPECT_EQ(PlaceOf(*root, ""), (Position{1, 1}));
}

// Found by the fuzz target `admission`.
TEST(ManifestTest, NoughtWithAHugeExponentIsNought) {
  EXPECT_EQ(ToYaml(*json::Parse("0e330")), "0.0\n");
}

}  // namespace
}  // namespace herald::injector
