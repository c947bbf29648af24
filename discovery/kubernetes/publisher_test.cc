// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "discovery/kubernetes/node_topology.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_web.h"

namespace herald::kubernetes {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const char kPath[] =
    "/apis/herald.dev/v1alpha1/namespaces/claims/agents/planner-0";

class Listener final : public Log {
 public:
  void Write(LogLevel, std::string_view event, Fields fields) override {
    events.push_back(std::string(event) + " " + RenderFields(fields));
  }
  std::vector<std::string> events;
};

class PublisherTest : public testing::Test {
 protected:
  static OwnAgent Own(const std::string& address = "10.0.0.7:15443") {
    OwnAgent own{.name = "planner-0",
                 .space = "claims",
                 .pod_name = "planner-0",
                 .pod_uid = "u1"};
    own.endpoint.name = "planner-0";
    own.endpoint.address = *Address::Parse(address);
    own.endpoint.identity = "spiffe://a.b/c";
    return own;
  }
  // Everything that is due is taken.
  void TakeAll() {
    while (web_.last().events != nullptr) web_.last().Answer(200, "{}");
  }
  json::Value Body() const {
    return *json::Parse(web_.asked.back()->request.body);
  }
  std::string Metric(const std::string& name) {
    const std::string text = metrics_.RenderText();
    const size_t at = text.find("\n" + name + " ");
    return at == std::string::npos ? "" : text.substr(at + name.size() + 2, 1);
  }

  test::FakeLoop loop_;
  test::FakeWeb web_;
  Random random_{1};
  Metrics metrics_;
  Listener log_;
  Api api_{.loop = loop_, .random = random_, .web = web_, .token = nullptr};
  Publisher publisher_{api_, log_, metrics_};
};

TEST_F(PublisherTest, AppliesSpecThenStatus) {
  publisher_.SetPolicyHash("abc");
  EXPECT_THAT(web_.asked, IsEmpty());
  publisher_.Publish(Own());
  const auto& spec = web_.last().request;
  EXPECT_EQ(spec.head.method, "PATCH");
  EXPECT_EQ(spec.head.path,
            std::string(kPath) + "?force=true&fieldManager=herald");
  EXPECT_EQ(spec.head.headers.Get("content-type"),
            "application/apply-patch+yaml");
  EXPECT_EQ(Body().at("spec").at("address").as_string(), "10.0.0.7:15443");
  EXPECT_EQ(Metric("herald_kubernetes_published"), "0");
  web_.last().Answer(201, "{}");
  EXPECT_EQ(
      web_.last().path(),
      std::string(kPath) + "/status?force=true&fieldManager=herald-status");
  EXPECT_TRUE(Body().at("status").at("ready").as_bool());
  EXPECT_EQ(Body().at("status").at("policyHash").as_string(), "abc");
  web_.last().Answer(200, "{}");
  EXPECT_TRUE(publisher_.settled());
  EXPECT_EQ(Metric("herald_kubernetes_published"), "1");
}

TEST_F(PublisherTest, AppliesAgainWhatChanged) {
  publisher_.Publish(Own());
  TakeAll();
  publisher_.Publish(Own());
  EXPECT_THAT(web_.asked, SizeIs(2));
  publisher_.Publish(Own("10.0.0.8:15443"));
  EXPECT_EQ(Body().at("spec").at("address").as_string(), "10.0.0.8:15443");
  TakeAll();
  EXPECT_THAT(web_.asked, SizeIs(3));
}

TEST_F(PublisherTest, WhatChangesMeanwhileIsAppliedAfterwards) {
  publisher_.Publish(Own());
  publisher_.Publish(Own("10.0.0.8:15443"));
  EXPECT_THAT(web_.asked, SizeIs(1));
  web_.last().Answer(200, "{}");
  EXPECT_EQ(Body().at("spec").at("address").as_string(), "10.0.0.8:15443");
}

TEST_F(PublisherTest, ADrainIsToldAtOnce) {
  publisher_.Publish(Own());
  TakeAll();
  publisher_.SetReady(false);
  ASSERT_THAT(web_.asked, SizeIs(3));
  EXPECT_FALSE(Body().at("status").at("ready").as_bool());
}

TEST_F(PublisherTest, AnotherPolicyIsToldAtATimeOfItsOwn) {
  publisher_.SetPolicyHash("a");
  publisher_.Publish(Own());
  TakeAll();
  const Time before = loop_.Now();
  publisher_.SetPolicyHash("b");
  publisher_.SetPolicyHash("c");
  EXPECT_THAT(web_.asked, SizeIs(2));
  ASSERT_TRUE(loop_.RunUntil([&] { return web_.asked.size() == 3; },
                             Publisher::kHashSpread));
  EXPECT_GT(loop_.Now(), before);
  EXPECT_EQ(Body().at("status").at("policyHash").as_string(), "c");
}

TEST_F(PublisherTest, WhatIsForbiddenIsSaidOnceAndTriedForEver) {
  publisher_.Publish(Own());
  for (int i = 0; i < 10; ++i) {
    const size_t asked = web_.asked.size();
    web_.last().Answer(403, R"({"message":"agents is forbidden"})");
    ASSERT_TRUE(loop_.RunUntil([&] { return web_.asked.size() > asked; }));
  }
  ASSERT_THAT(log_.events, SizeIs(1));
  EXPECT_THAT(log_.events[0], testing::AllOf(HasSubstr("publish_failed"),
                                             HasSubstr("agents is forbidden")));
  EXPECT_FALSE(publisher_.settled() &&
               Metric("herald_kubernetes_published") == "1");
  TakeAll();
  EXPECT_TRUE(publisher_.settled());
  EXPECT_THAT(log_.events.back(), HasSubstr("published"));
}

TEST_F(PublisherTest, AnAgentThatWasTakenAwayIsPutBack) {
  publisher_.Publish(Own());
  TakeAll();
  publisher_.PublishAgain();
  EXPECT_THAT(web_.last().path(), HasSubstr("planner-0?force"));
  TakeAll();
  EXPECT_THAT(web_.asked, SizeIs(4));
  // The same seen by its status alone.
  publisher_.SetPolicyHash("abc");
  web_.last().Answer(404, "{}");
  ASSERT_TRUE(loop_.RunUntil([&] { return web_.asked.size() == 6; }));
  EXPECT_THAT(web_.last().path(), HasSubstr("planner-0?force"));
}

TEST_F(PublisherTest, WhoLeavesIsNotPutBack) {
  publisher_.Publish(Own());
  TakeAll();
  publisher_.SetReady(false);
  web_.last().Answer(404, "{}");
  EXPECT_TRUE(publisher_.settled());
  publisher_.PublishAgain();
  loop_.RunFor(seconds(60));
  EXPECT_THAT(web_.asked, SizeIs(3));
}

TEST_F(PublisherTest, ADrainDoesNotWaitForAPause) {
  publisher_.Publish(Own());
  TakeAll();
  publisher_.Publish(Own("10.0.0.8:15443"));
  web_.last().End(Unavailable("connection refused"));
  const size_t asked = web_.asked.size();
  publisher_.SetReady(false);
  EXPECT_THAT(web_.asked, SizeIs(asked + 1));
}

TEST_F(PublisherTest, TheNodeTellsRegionAndZone) {
  std::optional<StatusOr<Topology>> told;
  auto ask = [&] {
    return std::make_unique<NodeTopology>(
        api_, "node-1",
        [&](StatusOr<Topology> topology) { told = std::move(topology); });
  };
  auto topology = ask();
  EXPECT_EQ(web_.last().path(), "/api/v1/nodes/node-1");
  web_.last().Answer(
      200, R"({"metadata":{"labels":{"topology.kubernetes.io/region":"eu",
              "topology.kubernetes.io/zone":"eu-a"}}})");
  ASSERT_TRUE(told && told->ok());
  EXPECT_EQ((*told)->region, "eu");
  EXPECT_EQ((*told)->zone, "eu-a");
  topology = ask();
  web_.last().Answer(200, "{}");
  ASSERT_TRUE(told->ok());
  EXPECT_EQ((*told)->zone, "");
  topology = ask();
  web_.last().Answer(403, R"({"message":"nodes is forbidden"})");
  EXPECT_THAT(Message(told->status()), HasSubstr("nodes is forbidden"));
}

}  // namespace
}  // namespace herald::kubernetes
