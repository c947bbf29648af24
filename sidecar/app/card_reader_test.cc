// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/card_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_loop.h"
#include "tests/support/fake_web.h"

namespace herald::app {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Words = std::vector<std::string>;

std::string CardOf(const std::string& skill) {
  return R"({"name":"Planner","description":"Plans.","skills":[{"id":")" +
         skill + R"("}]})";
}

class CardReaderTest : public testing::Test {
 protected:
  CardReaderTest() { reader_.Start(); }

  void AnswerTagged(const std::string& body, const std::string& etag) {
    http::ResponseHead head{.status = 200};
    head.headers.Add("etag", etag);
    web_.last().events->OnHead(head);
    web_.last().Body(body);
    web_.last().End();
  }
  Words Skills() { return told_.empty() ? Words() : told_.back().skills; }
  bool NextWithin(Duration time) {
    const size_t asked = web_.asked.size();
    return loop_.RunUntil([&] { return web_.asked.size() > asked; }, time);
  }

  test::FakeLoop loop_;
  test::FakeWeb web_;
  Random random_{7};
  std::vector<discovery::AgentInfo> told_;
  CardReader reader_{{.loop = loop_,
                      .random = random_,
                      .web = web_,
                      .agent = {.name = "planner", .tags = {"own"}},
                      .path = "/.well-known/agent-card.json",
                      .changed = [this](const discovery::AgentInfo& agent) {
                        told_.push_back(agent);
                      }}};
};

TEST_F(CardReaderTest, AddsWhatTheCardSays) {
  EXPECT_EQ(web_.last().path(), "/.well-known/agent-card.json");
  web_.last().Answer(200, CardOf("plan"));
  ASSERT_EQ(told_.size(), 1u);
  EXPECT_EQ(told_[0].name, "planner");
  EXPECT_THAT(told_[0].skills, ElementsAre("plan"));
  EXPECT_THAT(told_[0].tags, ElementsAre("own"));
  EXPECT_TRUE(reader_.has_card());
  EXPECT_EQ(reader_.problem(), "");
}

TEST_F(CardReaderTest, ReadsAgainEachMinuteAndTellsNewsOnly) {
  AnswerTagged(CardOf("plan"), "\"1\"");
  EXPECT_FALSE(NextWithin(seconds(59)));
  ASSERT_TRUE(NextWithin(seconds(2)));
  EXPECT_EQ(web_.last().request.head.headers.Get("if-none-match"), "\"1\"");
  web_.last().Answer(304, "");
  EXPECT_EQ(told_.size(), 1u);
  ASSERT_TRUE(NextWithin(seconds(61)));
  AnswerTagged(CardOf("travel"), "\"2\"");
  EXPECT_THAT(Skills(), ElementsAre("travel"));
}

TEST_F(CardReaderTest, AnAgentThatIsNotUpIsAskedSoonAgain) {
  for (int i = 0; i < 4; ++i) {
    web_.last().End(Unavailable("connection refused"));
    EXPECT_THAT(reader_.problem(), HasSubstr("connection refused"));
    ASSERT_TRUE(NextWithin(seconds(7)));  // 0.8, 1.6, 3.2, 6.4 s at most
  }
  web_.last().Answer(200, CardOf("plan"));
  EXPECT_THAT(Skills(), ElementsAre("plan"));
}

TEST_F(CardReaderTest, AMissingPageIsNoTrouble) {
  web_.last().Answer(404, "");
  EXPECT_THAT(reader_.problem(), HasSubstr("answers 404"));
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_TRUE(NextWithin(seconds(61)));
}

TEST_F(CardReaderTest, NonsenseAndFailuresKeepTheLastCard) {
  web_.last().Answer(200, CardOf("plan"));
  ASSERT_TRUE(NextWithin(seconds(61)));
  web_.last().Answer(200, "<html>");
  EXPECT_THAT(reader_.problem(), HasSubstr("no JSON object"));
  ASSERT_TRUE(NextWithin(seconds(61)));
  web_.last().Answer(503, "");
  EXPECT_THAT(reader_.problem(), HasSubstr("503"));
  EXPECT_EQ(told_.size(), 1u);
  EXPECT_TRUE(reader_.has_card());
}

TEST_F(CardReaderTest, ACardThatIsTakenAwayDoesNotHold) {
  web_.last().Answer(200, CardOf("plan"));
  ASSERT_TRUE(NextWithin(seconds(61)));
  web_.last().Answer(404, "");
  ASSERT_EQ(told_.size(), 2u);
  EXPECT_THAT(told_[1].skills, IsEmpty());
  EXPECT_FALSE(reader_.has_card());
}

TEST_F(CardReaderTest, ACardThatIsTooLongIsLeft) {
  web_.last().Answer(200, std::string(discovery::kMaxCard + 1, ' '));
  EXPECT_THAT(reader_.problem(), HasSubstr("longer than"));
  EXPECT_FALSE(NextWithin(seconds(59)));
}

}  // namespace
}  // namespace herald::app
