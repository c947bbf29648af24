// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/reflector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/support/fake_loop.h"
#include "tests/support/fake_web.h"

namespace herald::kubernetes {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

const char kAgents[] = "/apis/herald.dev/v1alpha1/agents";

std::string ObjectOf(const std::string& name, int version) {
  return R"({"metadata":{"name":")" + name + R"(","resourceVersion":")" +
         std::to_string(version) + "\"}}";
}

std::string ListOf(const std::vector<std::string>& names, int version,
                   const std::string& more = "") {
  std::string items;
  for (const std::string& name : names) {
    items += (items.empty() ? "" : ",") + ObjectOf(name, version);
  }
  return R"({"metadata":{"resourceVersion":")" + std::to_string(version) +
         R"(","continue":")" + more + R"("},"items":[)" + items + "]}";
}

std::string EventOf(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}

const char kGone[] = R"({"kind":"Status","code":410,"message":"too old"})";

class Recorder final : public ReflectorSink {
 public:
  void OnListBegin() override { listing.clear(); }
  void OnListed(const json::Object& object) override {
    listing.push_back(Name(object));
  }
  void OnListEnd(std::string_view) override {
    ++lists;
    names = listing;
  }
  void OnChanged(const json::Object& object) override {
    told.push_back("+" + Name(object));
  }
  void OnDeleted(const json::Object& object) override {
    told.push_back("-" + Name(object));
  }
  void OnHealth(const ReflectorHealth& value) override { health = value; }

  static std::string Name(const json::Object& object) {
    return TextAt(object, {"metadata", "name"}).value_or("");
  }

  std::vector<std::string> listing;
  std::vector<std::string> names;
  std::vector<std::string> told;
  int lists = 0;
  ReflectorHealth health;
};

class ReflectorTest : public testing::Test {
 protected:
  ReflectorTest() { Make({.path = kAgents}); }

  void Make(Resource resource) {
    reflector_ = std::make_unique<Reflector>(
        api_, std::move(resource), sink_,
        Reflector::Meters{&lists_, &events_, &failures_});
  }

  // Listed, and watching with a head that came.
  void StartWatching(int version = 7) {
    reflector_->Start();
    web_.last().Answer(200, ListOf({"a", "b"}, version));
    web_.last().Head(200);
  }
  bool Watches() const {
    return web_.asked.back()->path().find("watch=1") != std::string::npos;
  }
  // What was asked after `before` requests, within 30 s.
  bool AsksAgain(size_t before) {
    return loop_.RunUntil([&] { return web_.asked.size() > before; },
                          seconds(31));
  }

  test::FakeLoop loop_;
  test::FakeWeb web_;
  Random random_{1};
  StatusOr<std::string> token_ = std::string("secret-1");
  Api api_{.loop = loop_, .random = random_, .web = web_, .token = [this] {
             return token_;
           }};
  Counter lists_, events_, failures_;
  Recorder sink_;
  std::unique_ptr<Reflector> reflector_;
};

TEST_F(ReflectorTest, ListsPageByPageAndTellsTheWhole) {
  reflector_->Start();
  EXPECT_EQ(web_.last().path(), std::string(kAgents) + "?limit=500");
  web_.last().Answer(200, ListOf({"a"}, 7, "next/1"));
  EXPECT_EQ(web_.last().path(),
            std::string(kAgents) + "?limit=500&continue=next%2F1");
  EXPECT_EQ(sink_.lists, 0);
  web_.last().Answer(200, ListOf({"b"}, 7));
  EXPECT_EQ(sink_.lists, 1);
  EXPECT_THAT(sink_.names, ElementsAre("a", "b"));
  EXPECT_TRUE(sink_.health.fresh);
  EXPECT_EQ(lists_.value(), 1u);
}

TEST_F(ReflectorTest, WatchesFromTheVersionOfTheList) {
  StartWatching(7);
  EXPECT_THAT(web_.last().path(),
              StartsWith(std::string(kAgents) +
                         "?watch=1&allowWatchBookmarks=true&resourceVersion=7&"
                         "timeoutSeconds="));
}

TEST_F(ReflectorTest, SelectsByLabelsAndFieldsInListAndWatch) {
  Make({.path = kAgents,
        .label_selector = "team=claims",
        .field_selector = "metadata.name=a"});
  StartWatching();
  for (const auto& asked : web_.asked) {
    EXPECT_THAT(asked->path(),
                AllOf(HasSubstr("&labelSelector=team%3Dclaims"),
                      HasSubstr("&fieldSelector=metadata.name%3Da")));
  }
}

TEST_F(ReflectorTest, TellsEachChangeAndGoesOnFromIt) {
  StartWatching();
  web_.last().Body(EventOf("ADDED", ObjectOf("c", 8)) +
                   EventOf("MODIFIED", ObjectOf("a", 9)));
  web_.last().Body(EventOf("DELETED", ObjectOf("b", 10)));
  EXPECT_THAT(sink_.told, ElementsAre("+c", "+a", "-b"));
  EXPECT_EQ(events_.value(), 3u);
  web_.last().End();
  EXPECT_THAT(web_.last().path(), HasSubstr("resourceVersion=10&"));
}

TEST_F(ReflectorTest, ABookmarkMovesTheVersionAndTellsNothing) {
  StartWatching();
  web_.last().Body(EventOf("BOOKMARK", ObjectOf("", 50)));
  EXPECT_THAT(sink_.told, IsEmpty());
  web_.last().End();
  EXPECT_THAT(web_.last().path(), HasSubstr("resourceVersion=50&"));
}

TEST_F(ReflectorTest, AWatchThatEndedInItsTimeIsRenewedAtOnce) {
  StartWatching();
  loop_.RunFor(minutes(5));
  web_.last().End();
  EXPECT_THAT(web_.asked, SizeIs(3));
  EXPECT_TRUE(Watches());
  EXPECT_TRUE(sink_.health.fresh);
}

TEST_F(ReflectorTest, AWatchThatEndsAtOnceIsNotRenewedAtOnce) {
  StartWatching();
  web_.last().End();
  EXPECT_THAT(web_.asked, SizeIs(2));
  EXPECT_FALSE(sink_.health.fresh);
  ASSERT_TRUE(AsksAgain(2));
  EXPECT_TRUE(Watches());
}

TEST_F(ReflectorTest, ALostConnectionIsTriedAgainFromTheLastVersion) {
  StartWatching();
  web_.last().Body(EventOf("ADDED", ObjectOf("c", 8)));
  web_.last().End(Unavailable("connection reset"));  // after progress: at once
  EXPECT_THAT(web_.asked, SizeIs(3));
  web_.last().End(Unavailable("connection refused"));
  EXPECT_FALSE(sink_.health.fresh);
  EXPECT_EQ(sink_.health.problem, "connection refused");
  ASSERT_TRUE(AsksAgain(3));
  EXPECT_THAT(web_.last().path(), HasSubstr("resourceVersion=8&"));
  web_.last().Head(200);
  EXPECT_TRUE(sink_.health.fresh);
  EXPECT_THAT(sink_.told, ElementsAre("+c"));
}

TEST_F(ReflectorTest, AnAnswer410ListsAgainAtOnce) {
  StartWatching();
  web_.last().Body(EventOf("ERROR", kGone));
  ASSERT_THAT(web_.asked, SizeIs(3));
  EXPECT_FALSE(Watches());
  EXPECT_TRUE(sink_.health.fresh);
  web_.last().Answer(200, ListOf({"c"}, 90));
  EXPECT_THAT(sink_.names, ElementsAre("c"));
  // The same by status, without an event in between: not at once again.
  web_.last().Answer(410, kGone);
  EXPECT_THAT(web_.asked, SizeIs(4));
  ASSERT_TRUE(AsksAgain(4));
  EXPECT_FALSE(Watches());
}

TEST_F(ReflectorTest, AnotherErrorOfTheServersListsAgainAfterAPause) {
  StartWatching();
  web_.last().Body(
      EventOf("ERROR", R"({"code":500,"message":"etcd is on fire"})"));
  EXPECT_THAT(web_.asked, SizeIs(2));
  EXPECT_THAT(sink_.health.problem, HasSubstr("etcd is on fire"));
  ASSERT_TRUE(AsksAgain(2));
  EXPECT_FALSE(Watches());
}

TEST_F(ReflectorTest, AnEventThatCannotBeReadListsAgain) {
  StartWatching();
  auto watch = web_.asked.back();
  watch->Body("nonsense\n");
  EXPECT_TRUE(watch->given_up);
  ASSERT_TRUE(AsksAgain(2));
  EXPECT_FALSE(Watches());
}

TEST_F(ReflectorTest, AListThatExpiresBetweenPagesIsAskedForWhole) {
  reflector_->Start();
  web_.last().Answer(200, ListOf({"a"}, 7, "next"));
  web_.last().Answer(410, kGone);
  EXPECT_EQ(web_.last().path(), std::string(kAgents) + "?");
  web_.last().Answer(200, ListOf({"b", "c"}, 9));
  EXPECT_THAT(sink_.names, ElementsAre("b", "c"));
}

TEST_F(ReflectorTest, AListThatFailsKeepsWhatIsKnown) {
  StartWatching();
  web_.last().Body(EventOf("ERROR", kGone));
  web_.last().Answer(200, ListOf({"c"}, 9, "next"));
  web_.last().End(Unavailable("connection reset"));
  EXPECT_THAT(sink_.names, ElementsAre("a", "b"));
  EXPECT_FALSE(sink_.health.fresh);
  ASSERT_TRUE(AsksAgain(4));
  EXPECT_EQ(web_.last().path(), std::string(kAgents) + "?limit=500");
}

TEST_F(ReflectorTest, AnEmptyListIsBelievedOnlyWhenItIsOne) {
  StartWatching();
  web_.last().Body(EventOf("ERROR", kGone));
  web_.last().Answer(200, "{}");
  EXPECT_THAT(sink_.names, ElementsAre("a", "b"));
  EXPECT_EQ(sink_.lists, 1);
  ASSERT_TRUE(AsksAgain(3));
  web_.last().Answer(200, ListOf({}, 12));
  EXPECT_THAT(sink_.names, IsEmpty());
}

TEST_F(ReflectorTest, AMissingRightIsToldInTheServersWords) {
  reflector_->Start();
  web_.last().Answer(
      403, R"({"kind":"Status","message":"agents is forbidden: User x"})");
  EXPECT_THAT(
      sink_.health.problem,
      AllOf(HasSubstr("agents is forbidden: User x"), HasSubstr("Role")));
  EXPECT_EQ(failures_.value(), 1u);
  ASSERT_TRUE(AsksAgain(1));
  web_.last().Answer(200, ListOf({"a"}, 7));
  EXPECT_TRUE(sink_.health.fresh);
  EXPECT_EQ(sink_.health.problem, "");
}

TEST_F(ReflectorTest, ARightThatIsTakenAwayLeavesTheWatchToBeTriedAgain) {
  StartWatching();
  loop_.RunFor(minutes(5));
  web_.last().End();
  web_.last().Answer(403, R"({"message":"no"})");
  EXPECT_FALSE(sink_.health.fresh);
  EXPECT_EQ(sink_.lists, 1);
  ASSERT_TRUE(AsksAgain(3));
  EXPECT_TRUE(Watches());
}

TEST_F(ReflectorTest, TheTokenIsReadForEachRequest) {
  StartWatching();
  token_ = std::string("secret-2");
  web_.last().Body(EventOf("ERROR", kGone));
  auto bearer = [&](size_t i) {
    return web_.asked[i]->request.head.headers.Get("authorization");
  };
  EXPECT_EQ(bearer(0), "Bearer secret-1");
  EXPECT_EQ(bearer(2), "Bearer secret-2");
}

TEST_F(ReflectorTest, WithoutItsTokenItWaitsForOne) {
  token_ = Unavailable("token: No such file or directory");
  reflector_->Start();
  EXPECT_THAT(web_.asked, IsEmpty());
  EXPECT_THAT(sink_.health.problem, HasSubstr("No such file"));
  token_ = std::string("late");
  EXPECT_TRUE(AsksAgain(0));
}

TEST_F(ReflectorTest, AWatchThatFallsSilentIsGivenUp) {
  StartWatching();
  auto watch = web_.asked.back();
  loop_.RunFor(minutes(4));
  watch->Body(EventOf("BOOKMARK", ObjectOf("", 8)));
  loop_.RunFor(Reflector::kLeastWatch);  // since then: not yet too long
  EXPECT_FALSE(watch->given_up);
  loop_.RunFor(Reflector::kMostWatch - Reflector::kLeastWatch +
               Reflector::kSilence);
  EXPECT_TRUE(watch->given_up);
}

TEST_F(ReflectorTest, AServerThatNeverAnswersAWatchIsGivenUpSooner) {
  reflector_->Start();
  web_.last().Answer(200, ListOf({}, 7));
  auto watch = web_.asked.back();
  loop_.RunFor(Reflector::kPatience);
  EXPECT_TRUE(watch->given_up);
  EXPECT_EQ(sink_.health.problem, "the server fell silent");
}

TEST_F(ReflectorTest, AServerThatAsksForTimeGetsIt) {
  reflector_->Start();
  http::ResponseHead head;
  head.status = 429;
  head.headers.Add("retry-after", "100");
  web_.last().events->OnHead(head);
  web_.last().End();
  loop_.RunFor(seconds(99));
  EXPECT_THAT(web_.asked, SizeIs(1));
  loop_.RunFor(seconds(2));
  EXPECT_THAT(web_.asked, SizeIs(2));
}

TEST_F(ReflectorTest, WatchesOfAFleetEndAtDifferentTimes) {
  StartWatching();
  for (int i = 0; i < 5; ++i) {
    loop_.RunFor(seconds(2));
    web_.last().End();
    web_.last().Head(200);
  }
  std::set<std::string> paths;
  for (size_t i = 1; i < web_.asked.size(); ++i) {
    paths.insert(web_.asked[i]->path());
  }
  EXPECT_GT(paths.size(), 3u);
}

}  // namespace
}  // namespace herald::kubernetes
