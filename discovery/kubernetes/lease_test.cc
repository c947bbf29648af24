// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/lease.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/calendar.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_web.h"

namespace herald::kubernetes {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

const char kPath[] =
    "/apis/coordination.k8s.io/v1/namespaces/herald-system/leases/x";

class LeaseTest : public testing::Test {
 protected:
  static std::string Of(const std::string& holder, const std::string& renewed) {
    return R"({"metadata":{"resourceVersion":"7"},"spec":{"holderIdentity":")" +
           holder + R"(","leaseDurationSeconds":15,"renewTime":")" + renewed +
           R"(","acquireTime":"2026-01-01T00:00:00.000000Z",)"
           R"("leaseTransitions":4}})";
  }
  json::Value Body() const {
    return *json::Parse(web_.asked.back()->request.body);
  }
  const std::string& method() const {
    return web_.asked.back()->request.head.method;
  }
  // The next look comes.
  void Wait() {
    const size_t asked = web_.asked.size();
    ASSERT_TRUE(
        loop_.RunUntil([&] { return web_.asked.size() > asked; }, seconds(4)));
  }
  // We hold it.
  void Lead() {
    lease_.Start();
    web_.last().Answer(404, "{}");
    web_.last().Answer(201, "{}");
  }

  test::FakeLoop loop_;
  test::FakeWeb web_;
  Random random_{1};
  NullLog log_;
  Api api_{.loop = loop_, .random = random_, .web = web_, .token = nullptr};
  std::vector<bool> told_;
  Lease lease_{api_,
               log_,
               {.space = "herald-system", .name = "x", .holder = "me"},
               [this](bool leads) { told_.push_back(leads); }};
};

TEST_F(LeaseTest, TheFirstMakesIt) {
  lease_.Start();
  EXPECT_EQ(web_.last().path(), kPath);
  web_.last().Answer(404, "{}");
  EXPECT_EQ(method(), "POST");
  EXPECT_EQ(Body().at("spec").at("holderIdentity").as_string(), "me");
  EXPECT_EQ(Body().at("spec").at("leaseDurationSeconds").as_int64(), 15);
  EXPECT_THAT(told_, IsEmpty());
  web_.last().Answer(201, "{}");
  EXPECT_THAT(told_, ElementsAre(true));
}

TEST_F(LeaseTest, WhoComesSecondWaits) {
  lease_.Start();
  web_.last().Answer(404, "{}");
  web_.last().Answer(409, "{}");
  EXPECT_FALSE(lease_.leads());
  for (int i = 0; i < 20; ++i) {
    Wait();
    web_.last().Answer(200, Of("other", "t" + std::to_string(i)));
    EXPECT_EQ(method(), "GET");
  }
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(LeaseTest, OneThatIsNotRenewedIsTaken) {
  lease_.Start();
  web_.last().Answer(200, Of("other", "t"));
  const Time began = loop_.Now();
  while (method() == "GET") {
    if (web_.last().events == nullptr) Wait();
    web_.last().Answer(200, Of("other", "t"));
  }
  EXPECT_GE(loop_.Now() - began, Lease::kLasts);
  EXPECT_LE(loop_.Now() - began, Lease::kLasts + 2 * Lease::kRetry);
  EXPECT_EQ(method(), "PUT");
  EXPECT_EQ(Body().at("metadata").at("resourceVersion").as_string(), "7");
  EXPECT_EQ(Body().at("spec").at("leaseTransitions").as_int64(), 5);
  web_.last().Answer(200, "{}");
  EXPECT_TRUE(lease_.leads());
}

TEST_F(LeaseTest, OneThatWasGivenBackIsTakenAtOnce) {
  lease_.Start();
  web_.last().Answer(200, Of("", "t"));
  EXPECT_EQ(method(), "PUT");
}

TEST_F(LeaseTest, TheLeaderRenewsWhatIsItsOwn) {
  Lead();
  for (int i = 0; i < 10; ++i) {
    Wait();
    web_.last().Answer(200, Of("me", "t"));
    EXPECT_EQ(method(), "PUT");
    EXPECT_EQ(Body().at("spec").at("acquireTime").as_string(),
              "2026-01-01T00:00:00.000000Z");
    EXPECT_EQ(Body().at("spec").at("leaseTransitions").as_int64(), 4);
    web_.last().Answer(200, "{}");
  }
  EXPECT_THAT(told_, ElementsAre(true));
}

TEST_F(LeaseTest, WhoCannotRenewCeasesBeforeAnotherBegins) {
  Lead();
  const Time began = loop_.Now();
  while (lease_.leads()) {
    Wait();
    if (lease_.leads()) web_.last().End(Unavailable("refused"));
  }
  EXPECT_LE(loop_.Now() - began, Lease::kRenewWithin);
  EXPECT_LT(loop_.Now() - began, Lease::kLasts);
  EXPECT_THAT(told_, ElementsAre(true, false));
}

TEST_F(LeaseTest, ALeaderThatIsReplacedCeases) {
  Lead();
  Wait();
  web_.last().Answer(200, Of("other", "t"));
  EXPECT_THAT(told_, ElementsAre(true, false));
}

TEST(MicroTimeTest, HasSixDigitsAlways) {
  const WallTime at = *ParseRfc3339("2026-11-21T02:50:00Z");
  EXPECT_EQ(ToMicroTime(at), "2026-11-21T02:50:00.000000Z");
  EXPECT_EQ(ToMicroTime(at + std::chrono::microseconds(42)),
            "2026-11-21T02:50:00.000042Z");
}

}  // namespace
}  // namespace herald::kubernetes
