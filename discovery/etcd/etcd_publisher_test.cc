// SPDX-License-Identifier: Apache-2.0
#include "discovery/etcd/etcd_publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "core/base/base64.h"
#include "discovery/etcd/encoding.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_web.h"

namespace herald::etcd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

constexpr char kGranted[] = R"({"ID":"77","TTL":"15"})";
constexpr char kRenewed[] = R"({"result":{"ID":"77","TTL":"15"}})";

class EtcdPublisherTest : public testing::Test {
 protected:
  void Register() {
    publisher_->Publish("{}");
    web_.last().Answer(200, kGranted);
    web_.last().Answer(200, "{}");
    ASSERT_TRUE(publisher_->published());
  }
  // The next request, whenever it comes.
  const std::string& Next() {
    const size_t asked = web_.asked.size();
    EXPECT_TRUE(loop_.RunUntil([&] { return web_.asked.size() > asked; }));
    return web_.last().path();
  }
  const std::string& body() { return web_.last().request.body; }

  test::FakeLoop loop_;
  test::FakeWeb web_;
  Random random_{7};
  Metrics metrics_;
  NullLog log_;
  Api api_{web_, loop_, Login{}};
  std::optional<EtcdPublisher> publisher_{
      std::in_place, api_,     random_,
      log_,          metrics_, PublisherOptions{.key = "/herald/peers/me"}};
};

TEST_F(EtcdPublisherTest, PutsItsKeyUnderALease) {
  publisher_->Publish(R"({"address":"10.0.0.1:1"})");
  EXPECT_EQ(web_.last().path(), "/v3/lease/grant");
  EXPECT_EQ(body(), R"({"TTL":"15"})");
  web_.last().Answer(200, kGranted);
  EXPECT_EQ(web_.last().path(), "/v3/kv/put");
  EXPECT_THAT(body(), HasSubstr(Base64Encode("/herald/peers/me")));
  EXPECT_THAT(body(), HasSubstr(Base64Encode(R"({"address":"10.0.0.1:1"})")));
  EXPECT_THAT(body(), HasSubstr(R"("lease":"77")"));
  EXPECT_FALSE(publisher_->published());
  web_.last().Answer(200, "{}");
  EXPECT_TRUE(publisher_->published());
}

TEST_F(EtcdPublisherTest, RenewsThreeTimesInALeasesLife) {
  Register();
  const Time put = loop_.Now();
  for (int i = 1; i <= 3; ++i) {
    EXPECT_EQ(Next(), "/v3/lease/keepalive");
    EXPECT_EQ(body(), R"({"ID":"77"})");
    EXPECT_EQ(loop_.Now() - put, i * seconds(5));
    web_.last().Answer(200, kRenewed);
  }
}

TEST_F(EtcdPublisherTest, ALeaseThatIsOverIsReplaced) {
  Register();
  Next();
  web_.last().Answer(200, R"({"result":{"ID":"77"}})");  // TTL 0 is left out
  EXPECT_EQ(web_.last().path(), "/v3/lease/grant");
  web_.last().Answer(200, R"({"ID":"78"})");
  EXPECT_THAT(body(), HasSubstr(R"("lease":"78")"));
  web_.last().Answer(200, "{}");
  EXPECT_TRUE(publisher_->published());
}

TEST_F(EtcdPublisherTest, ARenewalThatFailsIsTriedSoonAgain) {
  Register();
  Next();
  const Time failed = loop_.Now();
  web_.last().End(Unavailable("nobody there"));
  EXPECT_EQ(Next(), "/v3/lease/keepalive");
  EXPECT_LE(loop_.Now() - failed, milliseconds(2500));  // a sixth of 15 s
  web_.last().Answer(200, kRenewed);
  EXPECT_TRUE(publisher_->published());
}

TEST_F(EtcdPublisherTest, AfterALongAbsenceItRegistersAnew) {
  Register();
  const Time last = loop_.Now();
  while (Next() == "/v3/lease/keepalive") {
    web_.last().End(Unavailable("nobody there"));
    ASSERT_LT(loop_.Now() - last, seconds(60));
  }
  EXPECT_EQ(web_.last().path(), "/v3/lease/grant");
  EXPECT_GT(loop_.Now() - last, seconds(15));
}

TEST_F(EtcdPublisherTest, APutUnderALeaseThatRanOutGetsAnother) {
  publisher_->Publish("{}");
  web_.last().Answer(200, kGranted);
  web_.last().Answer(404, R"({"error":"requested lease not found","code":5})");
  EXPECT_EQ(Next(), "/v3/lease/grant");
}

TEST_F(EtcdPublisherTest, AnotherWordIsPutUnderTheSameLease) {
  Register();
  publisher_->Publish("[]");
  EXPECT_EQ(web_.last().path(), "/v3/kv/put");
  EXPECT_THAT(body(), HasSubstr(R"("lease":"77")"));
  publisher_->Publish("[1]");  // while that is under way
  web_.last().Answer(200, "{}");
  EXPECT_EQ(web_.last().path(), "/v3/kv/put");
  EXPECT_THAT(body(), HasSubstr(Base64Encode("[1]")));
  web_.last().Answer(200, "{}");
  const size_t asked = web_.asked.size();
  publisher_->Publish("[1]");  // no news
  EXPECT_EQ(web_.asked.size(), asked);
}

TEST_F(EtcdPublisherTest, AKeyThatSomebodyTookIsPutAgain) {
  Register();
  publisher_->PublishAgain();
  EXPECT_EQ(web_.last().path(), "/v3/kv/put");
}

TEST_F(EtcdPublisherTest, GoesWithItsLeaseWhenItIsTimeToGo) {
  Register();
  publisher_->Withdraw();
  EXPECT_EQ(web_.last().path(), "/v3/lease/revoke");
  EXPECT_EQ(body(), R"({"ID":"77"})");
  EXPECT_FALSE(publisher_->withdrawn());
  web_.last().Answer(200, "{}");
  EXPECT_TRUE(publisher_->withdrawn());
  const size_t asked = web_.asked.size();
  publisher_->Publish("[1]");
  publisher_->PublishAgain();
  loop_.RunFor(seconds(60));
  EXPECT_EQ(web_.asked.size(), asked);
}

TEST_F(EtcdPublisherTest, OneThatNeverRegisteredGoesAtOnce) {
  publisher_->Publish("{}");
  const auto grant = web_.asked.back();
  publisher_->Withdraw();
  EXPECT_TRUE(publisher_->withdrawn());
  EXPECT_TRUE(grant->given_up);
}

TEST_F(EtcdPublisherTest, FailuresAreToldOnceAndCounted) {
  publisher_->Publish("{}");
  for (int i = 0; i < 4; ++i) {
    web_.last().End(Unavailable("nobody there"));
    Next();
  }
  EXPECT_EQ(metrics_.counter("herald_etcd_publish_failures_total", "").value(),
            4u);
  EXPECT_FALSE(publisher_->published());
}

}  // namespace
}  // namespace herald::etcd
