// SPDX-License-Identifier: Apache-2.0
#include "discovery/etcd/watch_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace herald::etcd {
namespace {

using testing::HasSubstr;

// As an etcd 3.4 says it: key /herald/peers/a, value {}.
constexpr char kPut[] =
    R"({"result":{"header":{"cluster_id":"1","revision":"12"},"events":[)"
    R"({"kv":{"key":"L2hlcmFsZC9wZWVycy9h","create_revision":"12",)"
    R"("mod_revision":"12","version":"1","value":"e30="}}]}})";
constexpr char kDelete[] =
    R"({"result":{"header":{"revision":"13"},"events":[{"type":"DELETE",)"
    R"("kv":{"key":"L2hlcmFsZC9wZWVycy9h","mod_revision":"13"}}]}})";

std::vector<WatchMessage> Fed(const std::vector<std::string>& pieces,
                              std::string* error = nullptr) {
  WatchDecoder decoder;
  std::vector<WatchMessage> out;
  Status last;
  for (const std::string& piece : pieces) last = decoder.Feed(piece, out);
  if (error != nullptr) *error = Message(last);
  return out;
}

TEST(EtcdWatchDecoderTest, ReadsWhatIsPutAndDeleted) {
  const auto out = Fed({std::string(kPut) + "\n" + kDelete + "\n"});
  ASSERT_EQ(out.size(), 2u);
  ASSERT_EQ(out[0].changes.size(), 1u);
  EXPECT_EQ(out[0].revision, 12);
  EXPECT_EQ(out[0].changes[0].key, "/herald/peers/a");
  EXPECT_EQ(out[0].changes[0].value, "{}");
  EXPECT_EQ(out[0].changes[0].revision, 12);
  EXPECT_EQ(out[1].changes[0].value, std::nullopt);
}

TEST(EtcdWatchDecoderTest, PiecesMayEndAnywhere) {
  const std::string all = std::string(kPut) + "\r\n\n" + kDelete + "\n";
  for (size_t cut = 0; cut <= all.size(); ++cut) {
    EXPECT_EQ(Fed({all.substr(0, cut), all.substr(cut)}).size(), 2u) << cut;
  }
  EXPECT_TRUE(Fed({kPut}).empty());  // its end has not come
}

TEST(EtcdWatchDecoderTest, ReadsWordsAboutTheWatch) {
  const auto out =
      Fed({R"({"result":{"header":{"revision":"5"},"created":true}})"
           "\n"
           R"({"result":{"header":{"revision":"9"}}})"
           "\n"
           R"({"result":{"fragment":true}})"
           "\n"
           R"({"result":{"canceled":true,"compact_revision":"7",)"
           R"("cancel_reason":"compacted"}})"
           "\n"});
  ASSERT_EQ(out.size(), 4u);
  EXPECT_TRUE(out[0].created);
  EXPECT_EQ(out[1].revision, 9);
  EXPECT_TRUE(out[2].fragment);
  EXPECT_TRUE(out[3].canceled);
  EXPECT_EQ(out[3].compact_revision, 7);
  EXPECT_EQ(out[3].reason, "compacted");
}

TEST(EtcdWatchDecoderTest, NonsenseIsTheEnd) {
  for (const char* line : {"nonsense", "[]", "{}", R"({"result":1})",
                           R"({"result":{"events":[{}]}})",
                           R"({"result":{"events":[{"kv":{"key":"?"}}]}})"}) {
    std::string error;
    EXPECT_TRUE(
        Fed({std::string(line) + "\n", std::string(kPut) + "\n"}, &error)
            .empty())
        << line;
    EXPECT_THAT(error, HasSubstr("etcd's watch said")) << line;
  }
}

TEST(EtcdWatchDecoderTest, AnErrorIsToldInItsOwnWords) {
  std::string error;
  Fed({R"({"error":{"grpc_code":14,"message":"etcdserver: no leader"}})"
       "\n"},
      &error);
  EXPECT_THAT(error, HasSubstr("etcdserver: no leader"));
}

TEST(EtcdWatchDecoderTest, AMessageHasABound) {
  std::string error;
  Fed({std::string(WatchDecoder::kMaxMessage, ' ')}, &error);
  EXPECT_EQ(error, "");
  Fed({std::string(WatchDecoder::kMaxMessage, ' '), " "}, &error);
  EXPECT_THAT(error, HasSubstr("bytes at once"));
}

}  // namespace
}  // namespace herald::etcd
