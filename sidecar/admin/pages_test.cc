// SPDX-License-Identifier: Apache-2.0
#include "sidecar/admin/pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sidecar/admin/admin_testing.h"

namespace herald::admin {
namespace {

using testing::FakeSource;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class PagesTest : public ::testing::Test {
 protected:
  Answer Get(std::string_view path) { return pages_.Get({"GET", path, ""}); }

  FakeSource source_;
  Metrics metrics_;
  Pages pages_{source_, metrics_};
};

TEST_F(PagesTest, AliveIsAlive) { EXPECT_EQ(Get("/livez").status, 200); }

TEST_F(PagesTest, ReadyWithoutReasonsAgainst) {
  EXPECT_EQ(Get("/readyz").status, 200);
}

TEST_F(PagesTest, NotReadySaysEveryReason) {
  source_.reasons = {"no policy is loaded", "peers.yaml is broken"};
  Answer answer = Get("/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "no policy is loaded\npeers.yaml is broken\n");
}

TEST_F(PagesTest, ReadySaysWhatSomebodyShouldLookAt) {
  source_.notices = {"a policy is held"};
  Answer answer = Get("/readyz");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "ready\na policy is held\n");
}

TEST_F(PagesTest, MetricsArePrometheusText) {
  metrics_.counter("herald_calls_total", "Calls.").Add(3);
  Answer answer = Get("/metrics");
  EXPECT_THAT(answer.content_type, StartsWith("text/plain; version=0.0.4"));
  EXPECT_THAT(answer.body, HasSubstr("herald_calls_total 3\n"));
}

TEST_F(PagesTest, HealthIsThreePagesAndNoMore) {
  Pages health(source_, metrics_, Pages::Which::kHealth);
  for (const char* path : {"/livez", "/readyz", "/metrics"}) {
    EXPECT_EQ(health.Get({"GET", path, ""}).status, 200) << path;
  }
  for (const char* path : {"/", "/peers", "/config", "/policy", "/drain",
                           "/policy/rollback", "/decisions/x"}) {
    const Answer answer = health.Get({"POST", path, "", true});
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_THAT(answer.body, Not(HasSubstr("GET /config")));
  }
}

TEST_F(PagesTest, PeersAreJson) {
  Answer answer = Get("/peers");
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_EQ(answer.body, "[{\"name\":\"summarizer-fra\"}]\n");
}

TEST_F(PagesTest, AgentsAreJson) {
  EXPECT_EQ(Get("/agents").body, "[\"summarizer\",\"\"]\n");
  EXPECT_EQ(Get("/agents?tag=a").body, "[\"summarizer\",\"tag=a\"]\n");
}

TEST_F(PagesTest, AgentsThatAreAskedForInNonsenseAreAProblem) {
  Answer answer = Get("/agents?skill=");
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.content_type, "application/problem+json");
}

TEST_F(PagesTest, ConfigIsShownAsTheSourceWroteIt) {
  Answer answer = Get("/config");
  EXPECT_EQ(answer.content_type, "application/yaml");
  EXPECT_EQ(answer.body, "node: {name: planner-0}\n");
}

TEST_F(PagesTest, PolicyIsShown) {
  EXPECT_EQ(Get("/policy").body, "kind: RoutingPolicy\n");
}

TEST_F(PagesTest, AQueryIsNoPartOfThePath) {
  EXPECT_EQ(Get("/livez?verbose").status, 200);
}

TEST_F(PagesTest, AnUnknownPathListsWhatThereIs) {
  Answer answer = Get("/peer");
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr("there is no /peer"));
  EXPECT_THAT(answer.body, HasSubstr("GET /peers"));
  EXPECT_THAT(answer.body, HasSubstr("POST /policy/explain"));
}

TEST_F(PagesTest, HeadIsAnsweredWhereGetIs) {
  EXPECT_EQ(pages_.Get({"HEAD", "/readyz", ""}).status, 200);
}

TEST_F(PagesTest, AnotherMethodIsToldWhatIsTaken) {
  Answer answer = pages_.Get({"DELETE", "/peers", ""});
  EXPECT_EQ(answer.status, 405);
  EXPECT_EQ(answer.allow, "GET, HEAD");
  EXPECT_EQ(pages_.Get({"GET", "/policy/explain", ""}).allow, "POST");
}

TEST_F(PagesTest, AnExplanationGoesToTheSourceAndBack) {
  Answer answer =
      pages_.Get({"POST", "/policy/explain", "{\"agent\":\"summarizer\"}"});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{\"asked\":{\"agent\":\"summarizer\"}}\n");
}

TEST_F(PagesTest, AQuestionThatIsNoJsonIsRefused) {
  Answer answer = pages_.Get({"POST", "/policy/explain", "{agent"});
  EXPECT_EQ(answer.status, 400);
  EXPECT_THAT(answer.body, HasSubstr("not JSON"));
}

TEST_F(PagesTest, AQuestionTheSourceDoesNotUnderstandIsRefused) {
  source_.understood = false;
  Answer answer = pages_.Get({"POST", "/policy/explain", "{}"});
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.content_type, "application/problem+json");
}

TEST_F(PagesTest, TheIndexLinksEveryPageAndNothingElsewhere) {
  Answer answer = Get("/");
  EXPECT_THAT(answer.content_type, StartsWith("text/html"));
  EXPECT_THAT(answer.body, HasSubstr("href=\"/metrics\""));
  EXPECT_THAT(answer.body, HasSubstr("POST /policy/explain"));
  EXPECT_THAT(answer.body, Not(HasSubstr("//")));
}

TEST_F(PagesTest, ARollbackGoesToTheSourceAndBack) {
  Answer answer = pages_.Get({"POST", "/policy/rollback", "", true});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{\"hash\":\"cd\"}\n");
  pages_.Get({"POST", "/policy/rollback", "{\"to\":\"ab12\"}", true});
  EXPECT_THAT(source_.rollbacks, ::testing::ElementsAre("", "ab12"));
}

TEST_F(PagesTest, OthersMayNotChangePolicy) {
  EXPECT_EQ(pages_.Get({"POST", "/policy/rollback", "", false}).status, 403);
  EXPECT_EQ(pages_.Get({"POST", "/policy/rollback", "", true, true}).status,
            403);
  EXPECT_EQ(pages_.Get({"POST", "/policy/rollback", "[]", true}).status, 400);
  EXPECT_THAT(source_.rollbacks, ::testing::IsEmpty());
}

TEST_F(PagesTest, ARouteIsAskedForByQuery) {
  EXPECT_EQ(Get("/route?agent=sum&label=b&label=a%2fb&affinity=c1").body,
            "{\"asked\":{\"agent\":\"sum\",\"affinity\":\"c1\",\"labels\":"
            "[\"b\",\"a/b\"]}}\n");
  for (const char* query :
       {"agnet=sum", "agent=a&agent=b", "agent=%2", "agent=%zz"}) {
    const Answer answer = Get(std::string("/route?") + query);
    EXPECT_EQ(answer.status, 400) << query;
    EXPECT_EQ(answer.content_type, "application/problem+json");
  }
  source_.understood = false;
  EXPECT_EQ(Get("/route?agent=nobody").status, 400);
}

TEST_F(PagesTest, ADrainIsOrderedByThisMachineAlone) {
  EXPECT_EQ(pages_.Get({"POST", "/drain", "", false}).status, 403);
  EXPECT_EQ(pages_.Get({"POST", "/drain", "", true, true}).status, 403);
  EXPECT_EQ(Get("/drain").status, 405);
  EXPECT_EQ(source_.drains, 0);
  Answer answer = pages_.Get({"POST", "/drain", "", true});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "{\"draining\":true}\n");
  EXPECT_EQ(source_.drains, 1);
}

TEST_F(PagesTest, DecisionsAreAskedForByTheCallsId) {
  EXPECT_EQ(Get("/decisions/known").body, "{\"lines\":[\"a line\"]}\n");
  EXPECT_EQ(Get("/decisions/unknown").status, 404);
  EXPECT_EQ(Get("/decisions").status, 404);
}

}  // namespace
}  // namespace herald::admin
