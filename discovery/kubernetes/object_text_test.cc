// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/object_text.h"

#include <gtest/gtest.h>

#include "core/yaml/parse.h"

namespace herald::kubernetes {
namespace {

json::Object Parse(const char* text) { return json::Parse(text)->get_object(); }

TEST(ObjectTextTest, StandsAsKubectlPrintsIt) {
  EXPECT_EQ(ToYaml(Parse(R"({"kind":"X","apiVersion":"v1","spec":{
        "rules":[{"id":"a","where":{},"covers":["x","y z"]},{"id":"b"}],
        "none":[],"nested":[[1,2],[{"k":true}]],"n":1.5,"e":""}})")),
            "apiVersion: v1\n"
            "kind: X\n"
            "spec:\n"
            "  e: \"\"\n"
            "  n: 1.5E0\n"
            "  nested:\n"
            "  - - 1\n"
            "    - 2\n"
            "  - - k: true\n"
            "  none: []\n"
            "  rules:\n"
            "  - covers:\n"
            "    - x\n"
            "    - y z\n"
            "    id: a\n"
            "    where: {}\n"
            "  - id: b\n");
}

TEST(ObjectTextTest, QuotesWhatAReaderWouldTakeForSomethingElse) {
  EXPECT_EQ(ToYaml(Parse(R"({"a":"NO","b":"12","c":"x: y","d":"*","e":"true",
                             "f":"a\nb","g":"spiffe://a.b/c","h":"- x",
                             "on":"#x"})")),
            "a: \"NO\"\n"
            "b: \"12\"\n"
            "c: \"x: y\"\n"
            "d: \"*\"\n"
            "e: \"true\"\n"
            "f: \"a\\u000ab\"\n"
            "g: spiffe://a.b/c\n"
            "h: \"- x\"\n"
            "\"on\": \"#x\"\n");
}

// Compares without positions and quotes.
void ExpectSame(const yaml::Node& a, const yaml::Node& b) {
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.text, b.text);
  ASSERT_EQ(a.items.size(), b.items.size());
  ASSERT_EQ(a.entries.size(), b.entries.size());
  for (size_t i = 0; i < a.items.size(); ++i) {
    ExpectSame(a.items[i], b.items[i]);
  }
  for (size_t i = 0; i < a.entries.size(); ++i) {
    EXPECT_EQ(a.entries[i].key, b.entries[i].key);
    ExpectSame(a.entries[i].value, b.entries[i].value);
  }
}

TEST(ObjectTextTest, TreeAndTextSayTheSame) {
  const json::Object object = Parse(
      R"({"a":{"b":["NO","x y","",":","1.5","\t","- a","a:","a :b","é","~"],
          "c":{}},"d":[],"e":12,"f":true,"g":[{"h":["i",{"j":"k"}]}]})");
  yaml::Problems problems("x", ToYaml(object));
  auto parsed = yaml::ParseOne(problems);
  ASSERT_TRUE(parsed) << Render(problems.issues());
  ExpectSame(ToNode(object), *parsed);
}

TEST(ObjectTextTest, WhatPeopleWriteIsWhatTheServerHas) {
  yaml::Problems problems("x",
                          "a: NO\nb: \"1\"\nc: [1, 1.5, true, no, -x]\n"
                          "d: {}\ne:\nf: 2026-11-21T02:50:00Z\n");
  EXPECT_EQ(ToJson(*yaml::ParseOne(problems)),
            *json::Parse(R"({"a":"NO","b":"1","c":[1,1.5,true,"no","-x"],
                             "d":{},"e":null,"f":"2026-11-21T02:50:00Z"})"));
}

TEST(ObjectTextTest, ANullIsAbsent) {
  EXPECT_TRUE(ToNode(Parse(R"({"a":null})")).entries.empty());
}

}  // namespace
}  // namespace herald::kubernetes
