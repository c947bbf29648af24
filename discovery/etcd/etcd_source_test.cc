// SPDX-License-Identifier: Apache-2.0
#include "discovery/etcd/etcd_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/base64.h"
#include "discovery/etcd/encoding.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_web.h"

namespace herald::etcd {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string ValueAt(const std::string& address) {
  return R"({"address":")" + address +
         R"(","identity":"spiffe://a.b/c","agents":[{"name":"sum"}]})";
}
const std::string kGood = ValueAt("10.0.0.1:1");

std::string Pair(const std::string& key, const std::string& value,
                 int revision = 1) {
  return R"({"key":")" + Base64Encode(key) + R"(","value":")" +
         Base64Encode(value) + R"(","mod_revision":")" +
         std::to_string(revision) + R"("})";
}
std::string PeerPair(const std::string& name,
                     const std::string& value = kGood) {
  return Pair("/herald/peers/" + name, value);
}
std::string Page(int revision, const std::vector<std::string>& pairs,
                 bool more = false) {
  std::string out =
      R"({"header":{"revision":")" + std::to_string(revision) + R"("},"kvs":[)";
  for (const std::string& pair : pairs) {
    out += (&pair == pairs.data() ? "" : ",") + pair;
  }
  return out + "]" + (more ? R"(,"more":true)" : "") + "}";
}
std::string Put(const std::string& name, int revision,
                const std::string& value = kGood) {
  return R"({"result":{"header":{"revision":")" + std::to_string(revision) +
         R"("},"events":[{"kv":)" +
         Pair("/herald/peers/" + name, value, revision) + "}]}}\n";
}
std::string Deleted(const std::string& name, int revision) {
  return R"({"result":{"header":{"revision":")" + std::to_string(revision) +
         R"("},"events":[{"type":"DELETE","kv":)" +
         Pair("/herald/peers/" + name, "", revision) + "}]}}\n";
}
constexpr char kCreated[] =
    R"({"result":{"header":{"revision":"5"},"created":true}})"
    "\n";
constexpr char kCompacted[] =
    R"({"result":{"canceled":true,"compact_revision":"40"}})"
    "\n";

// What a directory would know.
class Known final : public discovery::SourceSink {
 public:
  void OnPeers(std::vector<discovery::EndpointPtr>) override {
    FAIL() << "etcd tells changes";
  }
  void OnChange(std::vector<discovery::EndpointPtr> upserts,
                std::vector<std::string> removals) override {
    for (const std::string& name : removals) addresses.erase(name);
    for (const auto& peer : upserts) {
      addresses[peer->name] = peer->address.ToString();
    }
    ++told;
  }
  void OnStatus(const discovery::SourceStatus& value) override {
    status = value;
    ++statuses;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const auto& [name, address] : addresses) out.push_back(name);
    return out;
  }

  std::map<std::string, std::string> addresses;
  discovery::SourceStatus status;
  int told = 0;
  int statuses = 0;
};

class EtcdSourceTest : public testing::Test {
 protected:
  void Read(const std::string& page) {
    source_.Start(&known_);
    web_.last().Answer(200, page);
  }
  void Watching() {
    ASSERT_EQ(web_.last().path(), "/v3/watch");
    web_.last().Head(200);
    web_.last().Body(kCreated);
  }
  // The revision that the watch under way began from.
  std::string From() {
    const std::string& body = web_.last().request.body;
    const size_t at = body.find("start_revision");
    return body.substr(at + 17, body.find('"', at + 17) - at - 17);
  }

  test::FakeLoop loop_;
  test::FakeWeb web_;
  Random random_{7};
  Metrics metrics_;
  int own_gone_ = 0;
  Known known_;
  Api api_{web_, loop_, Login{}};
  EtcdSource source_{
      api_,
      random_,
      metrics_,
      {.name = "etcd x", .own = "me", .own_is_gone = [this] { ++own_gone_; }}};
};

TEST_F(EtcdSourceTest, ReadsAllAndWatchesFromThere) {
  Read(Page(5, {PeerPair("a"), PeerPair("b", ValueAt("10.0.0.2:7"))}));
  EXPECT_THAT(known_.names(), ElementsAre("a", "b"));
  EXPECT_EQ(known_.addresses["b"], "10.0.0.2:7");
  EXPECT_EQ(From(), "6");
  EXPECT_FALSE(known_.status.ok);
  Watching();
  EXPECT_TRUE(known_.status.ok);
  EXPECT_EQ(known_.status.source, "etcd x");
  EXPECT_EQ(known_.status.loads, 1u);
}

TEST_F(EtcdSourceTest, ReadsPagesOfOneRevision) {
  source_.Start(&known_);
  EXPECT_THAT(web_.last().request.body,
              HasSubstr(Base64Encode("/herald/peers/") + "\""));
  EXPECT_THAT(web_.last().request.body,
              HasSubstr(Base64Encode("/herald/peers0")));
  web_.last().Answer(200, Page(5, {PeerPair("a")}, /*more=*/true));
  EXPECT_THAT(web_.last().request.body,
              HasSubstr(Base64Encode(std::string("/herald/peers/a\0", 16))));
  EXPECT_THAT(web_.last().request.body, HasSubstr(R"("revision":"5")"));
  EXPECT_EQ(known_.told, 0);  // half a list is none
  web_.last().Answer(200, Page(9, {PeerPair("b")}));
  EXPECT_THAT(known_.names(), ElementsAre("a", "b"));
  EXPECT_EQ(From(), "6");  // of the first page's revision
}

TEST_F(EtcdSourceTest, HearsWhatIsPutAndDeleted) {
  Read(Page(5, {PeerPair("a")}));
  Watching();
  web_.last().Body(Put("b", 6) + Put("a", 7, ValueAt("10.0.0.9:1")));
  EXPECT_THAT(known_.names(), ElementsAre("a", "b"));
  EXPECT_EQ(known_.addresses["a"], "10.0.0.9:1");
  web_.last().Body(Deleted("a", 8));
  EXPECT_THAT(known_.names(), ElementsAre("b"));
  EXPECT_EQ(known_.statuses, 1);  // nothing new to say of ourselves
}

TEST_F(EtcdSourceTest, GoesOnFromTheLastRevision) {
  Read(Page(5, {PeerPair("a")}));
  Watching();
  web_.last().Body(Put("b", 17));
  loop_.RunFor(seconds(2));
  web_.last().End();
  EXPECT_EQ(From(), "18");
  Watching();
  // Nothing of ours happened up to there.
  web_.last().Body(R"({"result":{"header":{"revision":"90"}}})"
                   "\n");
  loop_.RunFor(seconds(2));
  web_.last().End();
  EXPECT_EQ(From(), "91");
  EXPECT_TRUE(known_.status.ok);
}

TEST_F(EtcdSourceTest, ALostConnectionIsStaleUntilTheWatchIsBack) {
  Read(Page(5, {PeerPair("a")}));
  Watching();
  web_.last().End(Unavailable("connection lost"));
  EXPECT_FALSE(known_.status.ok);
  EXPECT_THAT(known_.status.problem, HasSubstr("connection lost"));
  EXPECT_THAT(known_.names(), ElementsAre("a"));  // it stays
  const size_t asked = web_.asked.size();
  loop_.RunFor(seconds(1));  // the first pause is 0.8 s at most
  ASSERT_EQ(web_.asked.size(), asked + 1);
  EXPECT_EQ(From(), "6");
  Watching();
  EXPECT_TRUE(known_.status.ok);
}

TEST_F(EtcdSourceTest, CompactionIsReadAnewAtOnceAndThenWithPauses) {
  Read(Page(5, {PeerPair("a"), PeerPair("b")}));
  web_.last().Head(200);
  web_.last().Body(kCompacted);
  EXPECT_EQ(web_.last().path(), "/v3/kv/range");
  web_.last().Answer(200, Page(50, {PeerPair("b"), PeerPair("c")}));
  EXPECT_THAT(known_.names(), ElementsAre("b", "c"));
  EXPECT_EQ(From(), "51");
  web_.last().Head(200);
  web_.last().Body(kCompacted);  // no watch came in between
  EXPECT_EQ(web_.last().path(), "/v3/watch");
  EXPECT_THAT(known_.status.problem, HasSubstr("compaction"));
  loop_.RunFor(seconds(1));
  EXPECT_EQ(web_.last().path(), "/v3/kv/range");
}

TEST_F(EtcdSourceTest, CompactionBetweenTwoPagesReadsAnew) {
  source_.Start(&known_);
  web_.last().Answer(200, Page(5, {PeerPair("a")}, /*more=*/true));
  web_.last().Answer(400, R"({"error":"required revision has been )"
                          R"(compacted","code":11})");
  EXPECT_THAT(web_.last().request.body, testing::Not(HasSubstr("revision")));
  web_.last().Answer(200, Page(9, {PeerPair("b")}));
  EXPECT_THAT(known_.names(), ElementsAre("b"));
}

TEST_F(EtcdSourceTest, AWrongValueKeepsTheLastWordAndHarmsNoOther) {
  Read(Page(5, {PeerPair("a"), PeerPair("b")}));
  Watching();
  web_.last().Body(Put("a", 6, R"({"address":"nowhere"})") + Put("c", 7));
  EXPECT_THAT(known_.names(), ElementsAre("a", "b", "c"));
  EXPECT_EQ(known_.addresses["a"], "10.0.0.1:1");
  EXPECT_TRUE(known_.status.ok);
  EXPECT_THAT(known_.status.problem, HasSubstr("1 of 3 keys"));
  EXPECT_THAT(known_.status.problem, HasSubstr("peers/a:1:"));
  web_.last().Body(Put("a", 8, ValueAt("10.0.0.3:1")));
  EXPECT_EQ(known_.status.problem, "");
  EXPECT_EQ(known_.addresses["a"], "10.0.0.3:1");
}

TEST_F(EtcdSourceTest, AWrongValueMetAgainInAReadingKeepsThePeerToo) {
  Read(Page(5, {PeerPair("a")}));
  web_.last().Head(200);
  web_.last().Body(kCompacted);
  web_.last().Answer(200, Page(50, {PeerPair("a", "nonsense")}));
  EXPECT_THAT(known_.names(), ElementsAre("a"));
}

TEST_F(EtcdSourceTest, KeysThatAreNoPeersArePassedOver) {
  Read(Page(5, {Pair("/herald/peers/a/b", kGood), Pair("/other", kGood),
                PeerPair("me"), PeerPair("")}));
  EXPECT_THAT(known_.names(), IsEmpty());
  Watching();
  EXPECT_EQ(known_.status.problem, "");
  web_.last().Body(Deleted("me", 6));
  EXPECT_EQ(own_gone_, 1);
}

TEST_F(EtcdSourceTest, AServerThatIsAwayIsAskedAgainAndAgain) {
  source_.Start(&known_);
  for (int i = 0; i < 10; ++i) {
    web_.last().End(Unavailable("nobody there"));
    EXPECT_FALSE(known_.status.ok);
    const size_t asked = web_.asked.size();
    // 30 s is the longest pause.
    ASSERT_TRUE(
        loop_.RunUntil([&] { return web_.asked.size() > asked; }, seconds(30)))
        << i;
  }
  web_.last().Answer(200, Page(5, {PeerPair("a")}));
  Watching();
  EXPECT_TRUE(known_.status.ok);
}

TEST_F(EtcdSourceTest, AWatchThatIsRefusedReadsAnew) {
  Read(Page(5, {}));
  web_.last().Answer(403, R"({"error":"etcdserver: permission denied",)"
                          R"("code":7})");
  EXPECT_THAT(known_.status.problem, HasSubstr("role must read"));
  loop_.RunFor(seconds(1));
  EXPECT_EQ(web_.last().path(), "/v3/kv/range");
}

TEST_F(EtcdSourceTest, AWatchWithoutAWordIsGivenUp) {
  Read(Page(5, {}));
  loop_.RunFor(seconds(29));
  EXPECT_FALSE(web_.last().given_up);
  const auto asked = web_.asked.back();
  loop_.RunFor(seconds(2));
  EXPECT_TRUE(asked->given_up);
  EXPECT_THAT(known_.status.problem, HasSubstr("no answer in time"));
}

TEST_F(EtcdSourceTest, AWatchThatLivesMayBeSilent) {
  Read(Page(5, {}));
  Watching();
  loop_.RunFor(minutes(60));
  EXPECT_FALSE(web_.last().given_up);
  EXPECT_TRUE(known_.status.ok);
}

TEST_F(EtcdSourceTest, NothingIsToldAfterStop) {
  Read(Page(5, {}));
  Watching();
  const auto watch = web_.asked.back();
  source_.Stop();
  EXPECT_TRUE(watch->given_up);
  loop_.RunFor(minutes(5));
  EXPECT_EQ(web_.asked.back(), watch);
}

TEST_F(EtcdSourceTest, PiecesOfARevisionComeAgainAfterABreak) {
  Read(Page(5, {}));
  Watching();
  web_.last().Body(
      R"({"result":{"fragment":true,"header":{"revision":"8"},"events":[{"kv":)" +
      Pair("/herald/peers/a", kGood, 8) + "}]}}\n");
  EXPECT_THAT(known_.names(), ElementsAre("a"));
  loop_.RunFor(seconds(2));
  web_.last().End();
  EXPECT_EQ(From(), "6");
}

}  // namespace
}  // namespace herald::etcd
