// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/problem.h"

#include <gtest/gtest.h>

namespace herald::call {
namespace {

http::RequestHead Post(std::string_view content_type) {
  http::RequestHead head;
  head.method = "POST";
  head.path = "/";
  if (!content_type.empty()) head.headers.Add("content-type", content_type);
  return head;
}

Problem Denial() {
  Problem problem;
  problem.outcome = Outcome::kDenied;
  problem.detail = "no rule permits data labelled personal";
  problem.call_id = "AAAAAAAAAAAAAAAAAAAAAA";
  problem.agent = "summarizer";
  problem.rules = {"p1/eu", "p2/health"};
  problem.nearest = {"sum-us", {"country in EEA", "tier in FarEdge"}};
  return problem;
}

TEST(ProblemTest, ADenialReadsExactlySo) {
  Answer answer = MakeAnswer(Denial(), Post("application/json"));
  EXPECT_EQ(answer.head.status, 403);
  EXPECT_EQ(answer.head.headers.Get("content-type"),
            "application/problem+json");
  EXPECT_EQ(answer.head.headers.Get("herald-call-id"),
            "AAAAAAAAAAAAAAAAAAAAAA");
  EXPECT_EQ(answer.body,
            R"({"type":"https://herald.dev/problems/denied",)"
            R"("title":"Policy denies this call","status":403,)"
            R"("detail":"no rule permits data labelled personal",)"
            R"("callId":"AAAAAAAAAAAAAAAAAAAAAA","agent":"summarizer",)"
            R"("rules":["p1/eu","p2/health"],)"
            R"("nearest":{"peer":"sum-us",)"
            R"("failed":["country in EEA","tier in FarEdge"]}})"
            "\n");
  EXPECT_EQ(answer.head.content_length, answer.body.size());
}

TEST(ProblemTest, WithoutANearestThereIsNoSuchKey) {
  Problem problem;
  problem.outcome = Outcome::kNoPeer;
  problem.detail = "say \"hi\"";
  EXPECT_EQ(MakeAnswer(problem, Post("")).body,
            R"({"type":"https://herald.dev/problems/no-peer",)"
            R"("title":"No living peer","status":503,)"
            R"("detail":"say \"hi\"","callId":"","agent":"","rules":[]})"
            "\n");
}

TEST(ProblemTest, StatusesAndTypesAreTheContract) {
  struct Row {
    Outcome outcome;
    const char* type;
    int status;
    const char* grpc;
  };
  for (const Row& row :
       {Row{Outcome::kDenied, "denied", 403, "7"},
        Row{Outcome::kResponseWithheld, "response-withheld", 403, "7"},
        Row{Outcome::kUnknownAgent, "unknown-agent", 404, "5"},
        Row{Outcome::kNoPeer, "no-peer", 503, "14"},
        Row{Outcome::kOverloaded, "overloaded", 429, "8"},
        Row{Outcome::kDeadline, "deadline", 504, "4"},
        Row{Outcome::kOutcomeUnknown, "outcome-unknown", 502, "2"},
        Row{Outcome::kBadAgent, "bad-agent", 502, "14"},
        Row{Outcome::kBadRequest, "bad-request", 400, "3"}}) {
    Problem problem;
    problem.outcome = row.outcome;
    EXPECT_EQ(ToString(row.outcome), row.type);
    EXPECT_EQ(MakeAnswer(problem, Post("")).head.status, row.status);
    Answer grpc = MakeAnswer(problem, Post("application/grpc"));
    EXPECT_EQ(grpc.head.status, 200);
    EXPECT_EQ(grpc.head.headers.Get("grpc-status"), row.grpc);
  }
}

TEST(ProblemTest, OverloadSaysWhenToComeBack) {
  Problem problem;
  problem.outcome = Outcome::kOverloaded;
  EXPECT_EQ(MakeAnswer(problem, Post("")).head.headers.Get("retry-after"), "1");
}

TEST(ProblemTest, AGrpcRequestGetsTrailersOnly) {
  Answer answer = MakeAnswer(Denial(), Post("application/grpc+proto"));
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(answer.head.content_length, std::nullopt);
  EXPECT_EQ(answer.head.headers.Get("content-type"), "application/grpc");
  EXPECT_EQ(answer.head.headers.Get("grpc-message"),
            "denied: no rule permits data labelled personal; rule p1/eu; "
            "rule p2/health; nearest sum-us failed country in EEA tier in "
            "FarEdge");
}

TEST(ProblemTest, AGrpcMessageIsPercentEncoded) {
  Problem problem;
  problem.detail = "50% h\xc3\xa9\n";
  Answer answer = MakeAnswer(problem, Post("application/grpc"));
  EXPECT_EQ(answer.head.headers.Get("grpc-message"),
            "bad-request: 50%25 h%C3%A9%0A");
}

TEST(ProblemTest, GrpcWebIsNotGrpc) {
  EXPECT_EQ(MakeAnswer(Denial(), Post("application/grpc-web")).head.status,
            403);
}

TEST(ProblemTest, HeadGetsTheLengthAndNoBody) {
  http::RequestHead head = Post("");
  size_t length = MakeAnswer(Denial(), head).body.size();
  head.method = "HEAD";
  Answer answer = MakeAnswer(Denial(), head);
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(answer.head.content_length, length);
}

}  // namespace
}  // namespace herald::call
