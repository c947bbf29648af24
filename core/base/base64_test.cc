// SPDX-License-Identifier: Apache-2.0
#include "core/base/base64.h"

#include <gtest/gtest.h>

#include "core/base/random.h"

namespace herald {
namespace {

// RFC 4648 §10, without padding.
TEST(Base64UrlTest, EncodesAndDecodesTheVectorsOfTheRfc) {
  const std::pair<std::string_view, std::string_view> kVectors[] = {
      {"", ""},
      {"f", "Zg"},
      {"fo", "Zm8"},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg"},
      {"fooba", "Zm9vYmE"},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [bytes, text] : kVectors) {
    EXPECT_EQ(Base64UrlEncode(bytes), text);
    EXPECT_EQ(Base64UrlDecode(text), bytes);
  }
}

TEST(Base64UrlTest, UsesTheUrlSafeLetters) {
  EXPECT_EQ(Base64UrlEncode("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(Base64UrlDecode("-__-"), "\xfb\xff\xfe");
  EXPECT_FALSE(Base64UrlDecode("+//+"));
}

TEST(Base64UrlTest, RefusesWhatIsNotTheOneTextOfAValue) {
  EXPECT_FALSE(Base64UrlDecode("Z"));  // no value has this length
  EXPECT_FALSE(Base64UrlDecode("Zm9vY"));
  EXPECT_FALSE(Base64UrlDecode("Zg=="));       // padding
  EXPECT_FALSE(Base64UrlDecode("Zm9v Zm9v"));  // white space
  EXPECT_FALSE(Base64UrlDecode("Zh"));         // 'f' with a spare bit set
  EXPECT_FALSE(Base64UrlDecode("Zm9"));        // "fo" with a spare bit set
  EXPECT_FALSE(Base64UrlDecode("Zm\xc3\xa9"));
}

TEST(Base64UrlTest, AppendsToWhatIsThere) {
  std::string out = "v1.";
  AppendBase64Url(out, "foo");
  EXPECT_EQ(out, "v1.Zm9v");
  std::string back = "x";
  EXPECT_TRUE(AppendBase64UrlDecoded(back, "Zm9v"));
  EXPECT_EQ(back, "xfoo");
}

TEST(Base64UrlTest, LeavesTheTargetAloneWhenTheTextIsBad) {
  std::string out = "kept";
  EXPECT_FALSE(AppendBase64UrlDecoded(out, "Zm9v!g"));
  EXPECT_EQ(out, "kept");
}

TEST(Base64UrlTest, GivesBackWhateverBytesWentIn) {
  Random random(7);
  for (size_t length = 0; length < 300; ++length) {
    std::string bytes;
    for (size_t i = 0; i < length; ++i) {
      bytes += static_cast<char>(random.Next());
    }
    const std::string text = Base64UrlEncode(bytes);
    EXPECT_EQ(text.size(), Base64UrlLength(length));
    EXPECT_EQ(Base64UrlDecode(text), bytes) << length;
  }
}

TEST(Base64Test, IsTheOrdinaryAlphabetWithPadding) {
  EXPECT_EQ(Base64Encode("/herald/peers/"), "L2hlcmFsZC9wZWVycy8=");
  EXPECT_EQ(Base64Encode("\xfb\xff"), "+/8=");
  EXPECT_EQ(Base64Decode("+/8="), "\xfb\xff");
  EXPECT_EQ(Base64Decode(""), "");
}

TEST(Base64Test, RefusesWhatIsNone) {
  for (const char* text :
       {"-_8=", "+/8", "====", "+/8=====", "a?==", "+/8=\n"}) {
    EXPECT_EQ(Base64Decode(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace herald
