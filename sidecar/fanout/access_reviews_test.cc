// SPDX-License-Identifier: Apache-2.0
#include "sidecar/fanout/access_reviews.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_loop.h"
#include "tests/support/fake_web.h"

namespace herald::fanout {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kYes[] = R"({"status":{"allowed":true}})";
constexpr char kNo[] = R"({"status":{"allowed":false}})";

class AccessReviewsTest : public testing::Test {
 protected:
  void Ask(const std::string& token = "secret",
           const std::string& space = "claims") {
    reviews_.Ask(
        {token, "watch", "agents", space},
        [this](const AccessAnswer& answer) { told_.push_back(answer.status); });
  }

  test::FakeLoop loop_;
  test::FakeWeb web_;
  AccessReviews reviews_{loop_, web_};
  std::vector<int> told_;
};

TEST_F(AccessReviewsTest, TheApiServerIsAskedWithTheClientsToken) {
  Ask();
  ASSERT_EQ(web_.asked.size(), 1u);
  const auto& request = web_.last().request;
  EXPECT_EQ(request.head.method, "POST");
  EXPECT_EQ(request.head.headers.Get("authorization"), "Bearer secret");
  EXPECT_THAT(request.body, HasSubstr(R"("verb":"watch")"));
  EXPECT_THAT(request.body, HasSubstr(R"("namespace":"claims")"));
  web_.last().Answer(201, kYes);
  EXPECT_THAT(told_, ElementsAre(200));
}

TEST_F(AccessReviewsTest, AYesIsKeptForFiveMinutes) {
  Ask();
  web_.last().Answer(201, kYes);
  loop_.RunFor(minutes(5) - seconds(1));
  Ask();
  EXPECT_THAT(told_, ElementsAre(200, 200));
  EXPECT_EQ(web_.asked.size(), 1u);
  loop_.RunFor(seconds(1));
  Ask();
  EXPECT_EQ(web_.asked.size(), 2u);
  web_.last().Answer(201, kNo);
  EXPECT_THAT(told_, ElementsAre(200, 200, 403));
}

TEST_F(AccessReviewsTest, ANoIsAskedAgainSoon) {
  Ask();
  web_.last().Answer(201, kNo);
  loop_.RunFor(seconds(10));
  Ask();
  web_.last().Answer(201, kYes);
  EXPECT_THAT(told_, ElementsAre(403, 200));
}

TEST_F(AccessReviewsTest, OneClientsYesIsNotAnothersNorForElsewhere) {
  Ask();
  web_.last().Answer(201, kYes);
  Ask("other");
  Ask("secret", "billing");
  EXPECT_EQ(web_.asked.size(), 3u);
  EXPECT_THAT(told_, ElementsAre(200));
}

TEST_F(AccessReviewsTest, WhoAsksTheSameMeanwhileWaitsForOneAnswer) {
  Ask();
  Ask();
  EXPECT_EQ(web_.asked.size(), 1u);
  web_.last().Answer(201, kYes);
  EXPECT_THAT(told_, ElementsAre(200, 200));
}

TEST_F(AccessReviewsTest, ATokenNobodyKnowsIsTold) {
  Ask();
  web_.last().Answer(401, "{}");
  EXPECT_THAT(told_, ElementsAre(401));
}

TEST_F(AccessReviewsTest, WhereTheApiServerIsAwayAYesStandsForAnHour) {
  Ask();
  web_.last().Answer(201, kYes);
  loop_.RunFor(minutes(59));
  Ask();
  web_.last().End(Unavailable("refused"));
  EXPECT_THAT(told_, ElementsAre(200, 200));
  loop_.RunFor(minutes(1));
  Ask();
  web_.last().Answer(500, "{}");
  EXPECT_THAT(told_, ElementsAre(200, 200, 503));
}

TEST_F(AccessReviewsTest, ANoDoesNotBecomeAYesWhenTheApiServerIsAway) {
  Ask();
  web_.last().Answer(201, kNo);
  loop_.RunFor(minutes(1));
  Ask();
  web_.last().End(Unavailable("refused"));
  EXPECT_THAT(told_, ElementsAre(403, 503));
}

TEST_F(AccessReviewsTest, AnAnswerThatNeverComesIsNone) {
  Ask();
  loop_.RunFor(seconds(10));
  EXPECT_THAT(told_, ElementsAre(503));
}

}  // namespace
}  // namespace herald::fanout
