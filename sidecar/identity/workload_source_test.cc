// SPDX-License-Identifier: Apache-2.0
#include "sidecar/identity/workload_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "core/net/web_client.h"
#include "core/proto/workload.pb.h"
#include "tests/support/fake_loop.h"
#include "tests/support/fake_web.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/test_pki.h"
#include "tests/support/turns.h"
#include "tests/support/web_server.h"

namespace herald::identity {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kId[] = "spiffe://acme.example/ns/claims/sa/planner";
constexpr char kOther[] = "spiffe://acme.example/ns/claims/sa/other";
constexpr char kPlace[] = "unix:/run/spire/agent.sock";

struct Recorder final : SourceEvents {
  void OnIdentity(net::IdentityPtr identity) override {
    identities.push_back(identity->id().text());
    last = std::move(identity);
  }
  void OnRefused(const std::string& why) override { refused.push_back(why); }
  void OnRevoked(const std::string& why) override { revoked.push_back(why); }
  void OnUnreachable(const std::string& why) override {
    unreachable.push_back(why);
  }

  std::vector<std::string> identities;
  net::IdentityPtr last;
  std::vector<std::string> refused;
  std::vector<std::string> revoked;
  std::vector<std::string> unreachable;
};

proto::WorkloadSvid Svid(const net::IdentityFiles& pem, const std::string& id,
                         const std::string& hint = "") {
  const net::IdentityFiles der = test::ToDer(pem);
  proto::WorkloadSvid svid;
  svid.set_spiffe_id(id);
  svid.set_chain(der.certificate);
  svid.set_key(der.key);
  svid.set_bundle(der.trust);
  svid.set_hint(hint);
  return svid;
}

std::string State(const std::vector<proto::WorkloadSvid>& svids) {
  proto::WorkloadSvids all;
  for (const proto::WorkloadSvid& svid : svids) *all.add_svids() = svid;
  return GrpcFrame(all.SerializeAsString());
}

class WorkloadSourceTest : public ::testing::Test {
 protected:
  void Start(const std::string& hint = "") {
    auto web = std::make_unique<test::FakeWeb>();
    web_ = web.get();
    source_.emplace(WorkloadSource::Parts{.loop = loop_,
                                          .web = std::move(web),
                                          .place = kPlace,
                                          .hint = hint,
                                          .seed = 1});
    source_->Listen(told_);
  }
  proto::WorkloadSvid Of(const std::string& id, const std::string& hint = "") {
    return Svid(pki_.Issue(id), id, hint);
  }
  void Say(const std::vector<proto::WorkloadSvid>& svids) {
    web_->last().Head(200);
    web_->last().Body(State(svids));
  }
  // Ends the call as gRPC does where no message was sent.
  void EndWith(const std::string& status, const std::string& message) {
    http::ResponseHead head;
    head.status = 200;
    head.headers.Add("grpc-status", status);
    head.headers.Add("grpc-message", message);
    web_->last().events->OnHead(head);
    web_->last().End();
  }
  void AskedAgain() {
    const size_t before = web_->asked.size();
    loop_.RunFor(WorkloadSource::kLongestBackOff);
    ASSERT_GT(web_->asked.size(), before);
  }

  test::FakeLoop loop_;
  test::TestPki pki_;
  test::FakeWeb* web_ = nullptr;
  Recorder told_;
  std::optional<WorkloadSource> source_;
};

TEST_F(WorkloadSourceTest, AsksAsTheSpecificationHasIt) {
  Start();
  const http::WebRequest& asked = web_->last().request;
  EXPECT_EQ(asked.head.method, "POST");
  EXPECT_EQ(asked.head.path, "/SpiffeWorkloadAPI/FetchX509SVID");
  EXPECT_EQ(asked.head.headers.Get("workload.spiffe.io"), "true");
  EXPECT_EQ(asked.head.headers.Get("content-type"), "application/grpc");
  EXPECT_TRUE(asked.head.trailers_ok);
  EXPECT_EQ(asked.body, std::string(5, '\0'));
}

TEST_F(WorkloadSourceTest, TheFirstSvidIsOurs) {
  Start();
  Say({Of(kId), Of(kOther)});
  EXPECT_THAT(told_.identities, ElementsAre(kId));
}

TEST_F(WorkloadSourceTest, AHintChoosesAmongSeveral) {
  Start("internal");
  Say({Of(kOther, "external"), Of(kId, "internal")});
  EXPECT_THAT(told_.identities, ElementsAre(kId));
}

TEST_F(WorkloadSourceTest, AHintThatNobodyHasIsSaidAndAskedForAgain) {
  Start("internal");
  Say({Of(kId)});
  EXPECT_THAT(told_.unreachable,
              ElementsAre(HasSubstr("no SVID with the hint 'internal'")));
  AskedAgain();
  EXPECT_THAT(told_.identities, IsEmpty());
}

TEST_F(WorkloadSourceTest, EachMessageTakesThePlaceOfTheOneBefore) {
  Start();
  Say({Of(kId)});
  auto until = pki_.Issue(test::LeafOptions{
      .uris = {kId}, .not_after = test::FakeLoop::kEpoch + hours(48)});
  web_->last().Body(State({Svid(until, kId)}));
  EXPECT_THAT(told_.identities, SizeIs(2));
  EXPECT_EQ(told_.last->not_after(),
            WallTime(test::FakeLoop::kEpoch + hours(48)));
}

// The order may change; we do not.
TEST_F(WorkloadSourceTest, OnceWeAreSomebodyWeStayThat) {
  Start();
  Say({Of(kId)});
  web_->last().Body(State({Of(kOther), Of(kId)}));
  EXPECT_THAT(told_.identities, ElementsAre(kId, kId));
}

TEST_F(WorkloadSourceTest, AMessageInPiecesIsOneMessage) {
  Start();
  web_->last().Head(200);
  for (char byte : State({Of(kId)})) {
    EXPECT_THAT(told_.identities, IsEmpty());
    web_->last().Body(std::string(1, byte));
  }
  EXPECT_THAT(told_.identities, ElementsAre(kId));
}

TEST_F(WorkloadSourceTest, WhatCannotBeUsedIsRefusedAndTheStreamGoesOn) {
  Start();
  proto::WorkloadSvid mixed = Of(kId);
  mixed.set_key(Of(kId).key());
  Say({mixed});
  EXPECT_THAT(told_.refused, ElementsAre(HasSubstr("does not belong")));
  proto::WorkloadSvid misnamed = Of(kId);
  misnamed.set_spiffe_id(kOther);
  web_->last().Body(State({misnamed}));
  EXPECT_THAT(told_.refused.back(), HasSubstr("by the name"));
  web_->last().Body(GrpcFrame("\xff\xff no message"));
  EXPECT_THAT(told_.refused, SizeIs(3));
  web_->last().Body(State({Of(kId)}));
  EXPECT_THAT(told_.identities, ElementsAre(kId));
}

TEST_F(WorkloadSourceTest, ADenialIsSaidPlainly) {
  Start();
  EndWith("7", "no identity%20issued");
  EXPECT_THAT(told_.unreachable,
              ElementsAre(std::string(kPlace) +
                          ": has no identity for this process; register it "
                          "there (it says: no identity issued)"));
  AskedAgain();
}

TEST_F(WorkloadSourceTest, TheSameReasonIsToldOnce) {
  Start();
  for (int i = 0; i < 5; ++i) {
    EndWith("7", "no identity issued");
    AskedAgain();
  }
  EXPECT_THAT(told_.unreachable, SizeIs(1));
  EXPECT_THAT(told_.revoked, IsEmpty());
}

TEST_F(WorkloadSourceTest, ADenialOfWhatWeHadIsARevocationWhenSaidTwice) {
  Start();
  Say({Of(kId)});
  EndWith("7", "no identity issued");
  EXPECT_THAT(told_.revoked, IsEmpty());
  AskedAgain();
  EndWith("7", "no identity issued");
  EXPECT_THAT(told_.revoked, SizeIs(1));
  AskedAgain();
  EndWith("7", "no identity issued");
  EXPECT_THAT(told_.revoked, SizeIs(1));
  AskedAgain();
  Say({Of(kId)});
  EXPECT_THAT(told_.identities, ElementsAre(kId, kId));
}

TEST_F(WorkloadSourceTest, AStateWithoutUsIsARevocationWhenSaidTwice) {
  Start();
  Say({Of(kId)});
  web_->last().Body(State({Of(kOther)}));
  AskedAgain();
  Say({Of(kOther)});
  EXPECT_THAT(told_.revoked, ElementsAre(HasSubstr(kId)));
}

TEST_F(WorkloadSourceTest, AnAgentThatIsAwayTakesNothingFromUs) {
  Start();
  Say({Of(kId)});
  for (int i = 0; i < 20; ++i) {
    web_->last().End(Unavailable("connection refused"));
    AskedAgain();
  }
  EXPECT_THAT(told_.revoked, IsEmpty());
  EXPECT_THAT(told_.unreachable, ElementsAre("connection refused"));
}

TEST_F(WorkloadSourceTest, ItIsAskedAgainMoreAndMoreSeldom) {
  Start();
  const Time began = loop_.Now();
  for (int i = 0; i < 12; ++i) {
    web_->last().End(Unavailable("refused"));
    AskedAgain();
  }
  EXPECT_GT(loop_.Now() - began, seconds(60));
}

TEST_F(WorkloadSourceTest, SomethingElseThanAWorkloadApiIsSaidSo) {
  Start();
  web_->last().Head(404);
  web_->last().Body("<html>");
  web_->last().End();
  EXPECT_THAT(told_.unreachable, ElementsAre(HasSubstr("HTTP status 404")));
  AskedAgain();
  EndWith("12", "unknown service");
  EXPECT_THAT(told_.unreachable.back(),
              HasSubstr("is it a SPIFFE Workload API?"));
}

// --- On a real socket, against core/http's own server end -------------------

TEST(WorkloadSocketTest, AnSvidComesThroughAUnixSocket) {
  net::AsioLoop loop;
  test::TemporaryFolder folder;
  test::WebServer agent(loop, {.protocol = http::Protocol::kHttp2,
                               .address = "unix:" + (folder / "agent.sock")});
  net::WebClientOptions options;
  options.targets = {*net::WebTarget::Parse(agent.local().ToString())};
  options.http2 = true;
  Recorder told;
  WorkloadSource source(
      {.loop = loop,
       .web = std::make_unique<net::WebClient>(loop, std::move(options)),
       .place = agent.local().ToString(),
       .hint = "",
       .seed = 1});
  source.Listen(told);
  ASSERT_TRUE(test::TurnUntil(
      loop, [&] { return agent.handler.requests.size() == 1; }));
  EXPECT_EQ(agent.last().head.headers.Get("workload.spiffe.io"), "true");
  const test::TestPki pki;
  auto now =
      std::chrono::duration_cast<seconds>(loop.WallNow().time_since_epoch());
  agent.Head(agent.last(), 200);
  agent.last().stream->SendData(
      State({Svid(pki.Issue({.uris = {kId},
                             .not_before = now - hours(1),
                             .not_after = now + hours(1)}),
                  kId)}),
      false);
  EXPECT_TRUE(test::TurnUntil(loop, [&] { return !told.identities.empty(); }));
  EXPECT_THAT(told.identities, ElementsAre(kId));
}

}  // namespace
}  // namespace herald::identity
