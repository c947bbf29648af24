// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald::call {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(FieldsTest, ReadsEveryFieldAnAgentMaySet) {
  http::Headers headers;
  headers.Add("herald-agent", "summarizer");
  headers.Add("herald-labels", "personal, health");
  headers.Add("herald-purpose", "support");
  headers.Add("herald-legal-basis", "consent");
  headers.Add("herald-endorsements", "tokenised");
  headers.Add("herald-skill", "llm/summarize");
  headers.Add("herald-timeout", "1500ms");
  headers.Add("herald-affinity", "context-1");
  headers.Add("herald-call", "handle");
  headers.Add("herald-explain", "route");
  CallFields fields = TakeFields(headers);
  EXPECT_EQ(fields.error, "");
  EXPECT_EQ(fields.agent, "summarizer");
  EXPECT_THAT(fields.labels, ElementsAre("health", "personal"));
  EXPECT_EQ(fields.purpose, "support");
  EXPECT_EQ(fields.legal_basis, "consent");
  EXPECT_THAT(fields.endorsements, ElementsAre("tokenised"));
  EXPECT_EQ(fields.skill, "llm/summarize");
  EXPECT_EQ(fields.timeout, milliseconds(1500));
  EXPECT_EQ(fields.routing.affinity, "context-1");
  EXPECT_FALSE(fields.routing.affinity_required);
  EXPECT_TRUE(fields.routing.explain);
  EXPECT_EQ(fields.handle, "handle");
  EXPECT_EQ(fields.stripped, 0u);
  EXPECT_TRUE(headers.empty());
}

TEST(FieldsTest, LeavesOtherHeadersAsTheyAre) {
  http::Headers headers;
  headers.Add("accept", "text/plain");
  headers.Add("heralds", "not ours");
  headers.Add("x-herald-agent", "not ours");
  http::Headers before = headers;
  CallFields fields = TakeFields(headers);
  EXPECT_EQ(headers, before);
  EXPECT_EQ(fields.agent, std::nullopt);
}

TEST(FieldsTest, TakesOffAndCountsForgedFields) {
  http::Headers headers;
  headers.Add("herald-context", "forged");
  headers.Add("accept", "*/*");
  headers.Add("herald-caller", "spiffe://acme.example/agent/boss");
  headers.Add("herald-labels", "public");
  headers.Add("herald-lables", "misspelt");
  CallFields fields = TakeFields(headers);
  EXPECT_EQ(fields.stripped, 3u);
  EXPECT_EQ(headers.size(), 1u);
  EXPECT_THAT(fields.labels, ElementsAre("public"));
}

TEST(FieldsTest, ADoubledFieldIsAnError) {
  for (const char* name :
       {"herald-agent", "herald-purpose", "herald-legal-basis", "herald-skill",
        "herald-timeout", "herald-affinity", "herald-call", "herald-explain"}) {
    http::Headers headers;
    headers.Add(name, "1s");
    headers.Add(name, "1s");
    EXPECT_EQ(TakeFields(headers).error,
              std::string(name) + " is given more than once");
  }
}

TEST(FieldsTest, DoubledListsAreJoined) {
  http::Headers headers;
  headers.Add("herald-labels", "b");
  headers.Add("herald-labels", "a,b");
  CallFields fields = TakeFields(headers);
  EXPECT_EQ(fields.error, "");
  EXPECT_THAT(fields.labels, ElementsAre("a", "b"));
}

TEST(FieldsTest, ValuesThatAreNoNamesAreErrors) {
  struct Row {
    const char* name;
    std::string value;
  };
  for (const Row& row :
       {Row{"herald-agent", ""}, Row{"herald-agent", "a b"},
        Row{"herald-purpose", "a,b"}, Row{"herald-skill", "a\"b"},
        Row{"herald-labels", "ok, not ok"}, Row{"herald-labels", "h\xc3\xa9"},
        Row{"herald-skill", std::string(129, 'a')},
        Row{"herald-endorsements", "a;b"}}) {
    http::Headers headers;
    headers.Add(row.name, row.value);
    EXPECT_NE(TakeFields(headers).error, "") << row.name << ": " << row.value;
    EXPECT_TRUE(headers.empty());
  }
}

TEST(FieldsTest, AnAffinityMayBeRequired) {
  for (const char* text : {"c1; required", "c1;required", "c1 ;  required"}) {
    http::Headers headers;
    headers.Add("herald-affinity", text);
    const CallFields fields = TakeFields(headers);
    EXPECT_EQ(fields.error, "") << text;
    EXPECT_EQ(fields.routing.affinity, "c1");
    EXPECT_TRUE(fields.routing.affinity_required);
  }
  for (const char* text : {"", "; required", "c1; requird", "c 1"}) {
    http::Headers headers;
    headers.Add("herald-affinity", text);
    EXPECT_NE(TakeFields(headers).error, "") << text;
  }
}

TEST(FieldsTest, OnlyTheRouteCanBeExplained) {
  http::Headers headers;
  headers.Add("herald-explain", "policy");
  EXPECT_EQ(TakeFields(headers).error, "herald-explain can be 'route' only");
}

TEST(FieldsTest, ATimeoutThatIsNoneIsAnError) {
  http::Headers headers;
  headers.Add("herald-timeout", "soon");
  EXPECT_EQ(TakeFields(headers).error,
            "herald-timeout is not a duration like 1500ms or 2s");
}

TEST(FieldsTest, GrpcsTimeoutCountsUnlessOursIsThere) {
  http::Headers headers;
  headers.Add("grpc-timeout", "100m");
  EXPECT_EQ(TakeFields(headers).timeout, milliseconds(100));
  headers.Add("herald-timeout", "2s");
  EXPECT_EQ(TakeFields(headers).timeout, seconds(2));
  EXPECT_EQ(headers.Get("grpc-timeout"), "100m");
}

TEST(FieldsTest, SplitsLists) {
  EXPECT_THAT(SplitList(""), IsEmpty());
  EXPECT_THAT(SplitList(" , ,"), IsEmpty());
  EXPECT_THAT(SplitList("a"), ElementsAre("a"));
  EXPECT_THAT(SplitList(" b ,a,,b, "), ElementsAre("a", "b"));
  EXPECT_THAT(SplitList("\ta\t, \tb"), ElementsAre("a", "b"));
}

TEST(FieldsTest, ParsesTimeouts) {
  EXPECT_EQ(ParseTimeout("1500ms"), milliseconds(1500));
  EXPECT_EQ(ParseTimeout("0s"), seconds(0));
  EXPECT_EQ(ParseTimeout("2s"), seconds(2));
  EXPECT_EQ(ParseTimeout("5m"), minutes(5));
  EXPECT_EQ(ParseTimeout("1h"), hours(1));
  EXPECT_EQ(ParseTimeout("999999999s"), seconds(999999999));
  for (const char* bad : {"", "5", "ms", "-1s", "+1s", "1.5s", "1 s", "1us",
                          "1d", "9999999999s", "10000h", "100000m", "0x1s"}) {
    EXPECT_EQ(ParseTimeout(bad), std::nullopt) << bad;
  }
}

TEST(FieldsTest, ParsesGrpcTimeouts) {
  EXPECT_EQ(ParseGrpcTimeout("2H"), hours(2));
  EXPECT_EQ(ParseGrpcTimeout("3M"), minutes(3));
  EXPECT_EQ(ParseGrpcTimeout("4S"), seconds(4));
  EXPECT_EQ(ParseGrpcTimeout("5m"), milliseconds(5));
  EXPECT_EQ(ParseGrpcTimeout("6u"), microseconds(6));
  EXPECT_EQ(ParseGrpcTimeout("7n"), nanoseconds(7));
  EXPECT_EQ(ParseGrpcTimeout("99999999S"), seconds(99999999));
  for (const char* bad : {"", "5", "S", "-1S", "1s", "1Sx", "100000000n"}) {
    EXPECT_EQ(ParseGrpcTimeout(bad), std::nullopt) << bad;
  }
}

TEST(FieldsTest, AGrpcTimeoutOfAgesIsAYear) {
  EXPECT_EQ(ParseGrpcTimeout("99999999H"), hours(366 * 24));
  EXPECT_EQ(ParseGrpcTimeout("99999999M"), hours(366 * 24));
}

TEST(FieldsTest, AResponseKeepsItsLabelsOnly) {
  http::Headers headers;
  headers.Add("herald-labels", "a");
  headers.Add("herald-context", "forged");
  headers.Add("etag", "1");
  headers.Add("herald-labels", "b");
  EXPECT_EQ(StripResponse(headers), 1u);
  EXPECT_EQ(headers.size(), 2u);
  EXPECT_EQ(headers.Get("etag"), "1");
  EXPECT_EQ(headers.Get("herald-labels"), "a, b");
}

TEST(FieldsTest, AResponseWithoutLabelsKeepsNothingOfOurs) {
  http::Headers headers;
  headers.Add("herald-peer", "forged");
  headers.Add("herald-call-id", "forged");
  EXPECT_EQ(StripResponse(headers), 2u);
  EXPECT_TRUE(headers.empty());
}

}  // namespace
}  // namespace herald::call
