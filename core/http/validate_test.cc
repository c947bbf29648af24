// SPDX-License-Identifier: Apache-2.0
#include "core/http/validate.h"

#include <string>

#include "core/http/grammar.h"
#include "gtest/gtest.h"

namespace herald::http {
namespace {

HeadBuilder Builder(Section section, const Limits& limits = {}) {
  return HeadBuilder(Wire::kHttp2, section, limits);
}

void AddPseudo(HeadBuilder& builder) {
  builder.Add(":method", "GET");
  builder.Add(":scheme", "https");
  builder.Add(":authority", "h");
  builder.Add(":path", "/");
}

TEST(ValidateTest, TakesFramingFieldsOutOfARequest) {
  HeadBuilder builder = Builder(Section::kRequest);
  AddPseudo(builder);
  builder.Add("content-length", "7");
  builder.Add("te", "trailers");
  builder.Add("expect", "100-continue");
  builder.Add("a", " b ");
  RequestHead head;
  ASSERT_EQ(builder.FinishRequest(head), HeadError::kNone);
  EXPECT_EQ(head.scheme, "https");
  EXPECT_EQ(head.content_length, 7u);
  EXPECT_TRUE(head.trailers_ok);
  EXPECT_TRUE(head.expects_continue);
  ASSERT_EQ(head.headers.size(), 1u);
  EXPECT_EQ(head.headers[0].value, "b");
}

TEST(ValidateTest, StandsAtTheBoundOfFields) {
  Limits limits;
  limits.header_fields = 3;
  for (size_t n : {3u, 4u}) {
    HeadBuilder builder = Builder(Section::kTrailers, limits);
    for (size_t i = 0; i < n; ++i) builder.Add("a", "b");
    EXPECT_EQ(builder.error(), n == 3 ? HeadError::kNone : HeadError::kTooBig);
  }
}

TEST(ValidateTest, StandsAtTheBoundOfBytes) {
  Limits limits;
  limits.header_bytes = 100;
  // Name 1, value 67, and 32 for the field: a hundred.
  for (size_t n : {67u, 68u}) {
    HeadBuilder builder = Builder(Section::kTrailers, limits);
    builder.Add("a", std::string(n, 'b'));
    EXPECT_EQ(builder.error(), n == 67 ? HeadError::kNone : HeadError::kTooBig);
  }
}

TEST(ValidateTest, CountsFieldsThatItDrops) {
  Limits limits;
  limits.header_fields = 2;
  HeadBuilder builder(Wire::kHttp1, Section::kResponse, limits);
  for (int i = 0; i < 3; ++i) builder.Add("keep-alive", "5");
  EXPECT_EQ(builder.error(), HeadError::kTooBig);
}

TEST(ValidateTest, KeepsTheFirstError) {
  HeadBuilder builder = Builder(Section::kRequest);
  builder.Add("A", "b");
  EXPECT_EQ(builder.Add(":path", "/"), HeadError::kBadName);
  RequestHead head;
  EXPECT_EQ(builder.FinishRequest(head), HeadError::kBadName);
}

TEST(ValidateTest, AllowsATabAndNoOtherControlInValues) {
  for (int c = 0; c < 256; ++c) {
    HeadBuilder builder = Builder(Section::kTrailers);
    builder.Add("a", std::string("x") + static_cast<char>(c) + "y");
    bool good = c == '\t' || (c >= 0x20 && c != 0x7f);
    EXPECT_EQ(builder.error() == HeadError::kNone, good) << c;
  }
}

TEST(ValidateTest, AllowsOnlyLowerCaseTokensAsNames) {
  const std::string allowed =
      "abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";
  for (int c = 0; c < 256; ++c) {
    HeadBuilder builder = Builder(Section::kTrailers);
    builder.Add(std::string("x") + static_cast<char>(c), "y");
    bool good = allowed.find(static_cast<char>(c)) != std::string::npos;
    EXPECT_EQ(builder.error() == HeadError::kNone, good) << c;
  }
}

TEST(ValidateTest, RefusesTwinsOfMeshFieldsOnly) {
  auto error = [](std::string_view name) {
    return Builder(Section::kTrailers).Add(name, "x");
  };
  EXPECT_EQ(error("herald-a"), HeadError::kNone);
  EXPECT_EQ(error("herald_a"), HeadError::kMeshTwin);
  EXPECT_EQ(error("herald-a_b"), HeadError::kMeshTwin);
  EXPECT_EQ(error("herald_"), HeadError::kMeshTwin);
  EXPECT_EQ(error("heralds_a"), HeadError::kNone);
  EXPECT_EQ(error("x_herald"), HeadError::kNone);
}

TEST(ValidateTest, NamesAStatusOnce) {
  HeadBuilder builder = Builder(Section::kResponse);
  builder.Add(":status", "200");
  EXPECT_EQ(builder.Add(":status", "200"), HeadError::kBadPseudo);
}

TEST(ValidateTest, RefusesResponsesWithoutAStatus) {
  HeadBuilder builder = Builder(Section::kResponse);
  builder.Add("a", "b");
  ResponseHead head;
  EXPECT_EQ(builder.FinishResponse(head), HeadError::kBadPseudo);
}

TEST(ValidateTest, ReadsThreeDigitsAsAStatusAndNothingElse) {
  for (const char* text : {"99", "600", "101", "2000", "2x0", "", "+20"}) {
    EXPECT_NE(Builder(Section::kResponse).Add(":status", text),
              HeadError::kNone)
        << text;
  }
  EXPECT_EQ(Builder(Section::kResponse).Add(":status", "100"),
            HeadError::kNone);
  EXPECT_EQ(Builder(Section::kResponse).Add(":status", "599"),
            HeadError::kNone);
}

TEST(ValidateTest, HasASentenceForEveryError) {
  for (int i = 0; i <= static_cast<int>(HeadError::kSwitching); ++i) {
    EXPECT_FALSE(Sentence(static_cast<HeadError>(i)).empty()) << i;
  }
}

TEST(BodyLengthTest, ComparesABodyWithItsDeclaredLength) {
  BodyLength length;
  EXPECT_TRUE(length.Add(1'000'000));
  EXPECT_TRUE(length.Complete());
  length.Expect(5);
  EXPECT_FALSE(length.Complete());
  EXPECT_TRUE(length.Add(3));
  EXPECT_FALSE(length.Complete());
  EXPECT_FALSE(length.Add(3));
  EXPECT_TRUE(length.Add(2));
  EXPECT_TRUE(length.Complete());
}

TEST(GrammarTest, ReadsDecimalsUpToNineteenDigits) {
  EXPECT_EQ(ParseDecimal("9999999999999999999"), 9999999999999999999u);
  EXPECT_EQ(ParseDecimal("10000000000000000000"), std::nullopt);
  EXPECT_EQ(ParseDecimal(""), std::nullopt);
  EXPECT_EQ(ParseDecimal("1 "), std::nullopt);
}

TEST(GrammarTest, KnowsAuthorities) {
  for (const char* good :
       {"h", "a.b:80", "[::1]", "[fe80::1]:65535", "a_b", "1.2.3.4:1", "%41"}) {
    EXPECT_TRUE(IsAuthority(good)) << good;
  }
  for (const char* bad :
       {"", ":80", "a:", "a:x", "a:65536", "u@h", "a/b", "a b", "[::1", "[]",
        "[::1]x", "a:1:2", "h#", "h?", "[g::1]"}) {
    EXPECT_FALSE(IsAuthority(bad)) << bad;
  }
}

}  // namespace
}  // namespace herald::http
