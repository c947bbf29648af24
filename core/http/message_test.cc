// SPDX-License-Identifier: Apache-2.0
#include "core/http/message.h"

#include "core/http/detect.h"
#include "gtest/gtest.h"

namespace herald::http {
namespace {

Headers Sample() {
  Headers headers;
  headers.Add("a", "1");
  headers.Add("herald-x", "2");
  headers.Add("a", "3");
  headers.Add("herald-y", "4");
  return headers;
}

TEST(HeadersTest, KeepsOrderAndRepetitions) {
  Headers headers = Sample();
  ASSERT_EQ(headers.size(), 4u);
  EXPECT_EQ(headers[2].name, "a");
  EXPECT_EQ(headers[2].value, "3");
  EXPECT_EQ(headers.Get("a"), "1");
  EXPECT_EQ(headers.Get("b"), std::nullopt);
  EXPECT_EQ(headers.Joined("a"), "1, 3");
  EXPECT_EQ(headers.Count("a"), 2u);
}

TEST(HeadersTest, SetsOneForAll) {
  Headers headers = Sample();
  headers.Set("a", "5");
  EXPECT_EQ(headers.Joined("a"), "5");
  EXPECT_EQ(headers.size(), 3u);
}

TEST(HeadersTest, RemovesByPrefix) {
  Headers headers = Sample();
  EXPECT_EQ(headers.RemovePrefix("herald-"), 2u);
  EXPECT_EQ(headers.size(), 2u);
  EXPECT_EQ(headers.RemovePrefix("herald-"), 0u);
}

TEST(HeadersTest, ComparesByContentWhateverWasRemoved) {
  Headers a = Sample();
  a.Remove("a");
  Headers b;
  b.Add("herald-x", "2");
  b.Add("herald-y", "4");
  EXPECT_TRUE(a == b);
  b.Add("c", "");
  EXPECT_FALSE(a == b);
}

TEST(HeadersTest, CountsAsHttp2Does) {
  Headers headers;
  EXPECT_EQ(headers.CountedBytes(), 0u);
  headers.Add("abc", "de");
  EXPECT_EQ(headers.CountedBytes(), 3u + 2u + 32u);
}

TEST(DetectTest, WaitsWhileItCouldBeThePreface) {
  constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  for (size_t n = 0; n < kPreface.size(); ++n) {
    EXPECT_EQ(Detect(kPreface.substr(0, n)), Detected::kNeedMore) << n;
  }
  EXPECT_EQ(Detect(kPreface), Detected::kHttp2);
  EXPECT_EQ(Detect(std::string(kPreface) + "more"), Detected::kHttp2);
  EXPECT_EQ(Detect("GET"), Detected::kHttp1);
  EXPECT_EQ(Detect("PRI * HTTP/1"), Detected::kHttp1);
  EXPECT_EQ(Detect("PUT"), Detected::kHttp1);
}

}  // namespace
}  // namespace herald::http
