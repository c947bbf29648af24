// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/context.h"

#include <gtest/gtest.h>

#include "core/base/base64.h"
#include "core/base/random.h"
#include "core/proto/context.pb.h"

namespace herald::call {
namespace {

using std::chrono::microseconds;

Site FullSite() {
  Site site;
  site.country = Country::Parse("DE");
  site.tier = Tier::kNearEdge;
  site.operator_name = "acme";
  site.operator_control = {*Country::Parse("DE"), *Country::Parse("US")};
  site.assurance = {"c5", "pci-dss-4"};
  site.attestation = Attestation::kPlatform;
  site.retention = std::chrono::minutes(90);
  return site;
}

CallContext FullContext() {
  CallContext context;
  context.call_id = "AAAAAAAAAAAAAAAAAAAAAA";
  context.agent = "summarizer";
  context.labels = {"health", "personal"};
  context.purpose = "support";
  context.legal_basis = "consent";
  context.endorsements = {"tokenised"};
  context.skill = "summarize";
  context.timeout = microseconds(1'500'000);
  context.hops = 3;
  context.caller_namespace = "claims";
  context.caller_site = FullSite();
  context.peer_view = FullSite();
  context.relays = {{.terminates = true, .site = FullSite()},
                    {.terminates = false, .site = Site()}};
  context.attempt = 2;
  context.passed = {"planner", "summarizer"};
  context.repeats = {0xfedcba9876543210u, microseconds(17)};
  return context;
}

TEST(ContextTest, AFullCallComesBackAsItWent) {
  CallContext context = FullContext();
  EXPECT_EQ(UnpackCall(Pack(context)), context);
}

TEST(ContextTest, AnEmptyCallComesBackAsItWent) {
  EXPECT_EQ(UnpackCall(Pack(CallContext())), CallContext());
}

TEST(ContextTest, UnknownAndKnownToBeEmptyStayApart) {
  CallContext context;
  context.caller_site.operator_control.emplace();
  context.peer_view.assurance.emplace();
  auto back = UnpackCall(Pack(context));
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->caller_site.operator_control);
  EXPECT_FALSE(back->caller_site.assurance);
  EXPECT_FALSE(back->peer_view.operator_control);
  EXPECT_TRUE(back->peer_view.assurance);
}

TEST(ContextTest, ADeadlineThatPassedTravelsAsZero) {
  CallContext context;
  context.timeout = microseconds(-5);
  EXPECT_EQ(UnpackCall(Pack(context))->timeout, microseconds(0));
}

TEST(ContextTest, AReplyComesBackAsItWent) {
  ReplyContext reply;
  reply.load = {.in_flight = 7,
                .limit = 32,
                .ttfb = microseconds(1234),
                .draining = true,
                .failing = 0.34};
  reply.not_processed = true;
  auto back = UnpackReply(Pack(reply));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->load.in_flight, 7u);
  EXPECT_EQ(back->load.limit, 32u);
  EXPECT_EQ(back->load.ttfb, microseconds(1234));
  EXPECT_TRUE(back->load.draining);
  EXPECT_EQ(back->load.failing, 0.34);
  EXPECT_TRUE(back->not_processed);
  EXPECT_FALSE(back->own_answer);
}

TEST(ContextTest, TheHeaderIsAValueHttpAllows) {
  for (char c : Pack(FullContext())) {
    EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(c)) || c == '-' ||
                c == '_');
  }
}

TEST(ContextTest, AnotherVersionIsNoContext) {
  proto::CallContext later;
  later.set_version(kContextVersion + 1);
  EXPECT_FALSE(UnpackCall(Base64UrlEncode(later.SerializeAsString())));
  EXPECT_FALSE(UnpackReply(Base64UrlEncode(later.SerializeAsString())));
  EXPECT_FALSE(UnpackCall(""));
}

TEST(ContextTest, AFactThatCannotBeReadIsUnknown) {
  proto::CallContext context;
  context.set_version(kContextVersion);
  proto::SiteFacts site;
  site.set_country("germany");
  site.set_tier("Moon");
  site.set_operator_control_known(true);
  site.add_operator_control("DE");
  site.add_operator_control("??");
  context.set_caller_site(site.SerializeAsString());
  auto back = UnpackCall(Base64UrlEncode(context.SerializeAsString()));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->caller_site, Site());
}

TEST(ContextTest, ASiteThatIsNoMessageMakesNoContext) {
  proto::CallContext context;
  context.set_version(kContextVersion);
  context.set_peer_view("\x0a\x7f");  // a text of 127 bytes, cut short
  EXPECT_FALSE(UnpackCall(Base64UrlEncode(context.SerializeAsString())));
  context.clear_peer_view();
  context.add_relays()->set_site("\x0a\x7f");
  EXPECT_FALSE(UnpackCall(Base64UrlEncode(context.SerializeAsString())));
}

TEST(ContextTest, AnAbsurdTimeoutIsNone) {
  proto::CallContext context;
  context.set_version(kContextVersion);
  context.set_timeout_us(UINT64_MAX);
  auto back = UnpackCall(Base64UrlEncode(context.SerializeAsString()));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->timeout, std::nullopt);
}

// Garbage is refused or read as something that packs and unpacks again.
TEST(ContextTest, GarbageDoesNoHarm) {
  const std::string good = *Base64UrlDecode(Pack(FullContext()));
  Random random(20261121);
  int read = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes = good;
    for (uint64_t hits = random.Below(4) + 1; hits > 0; --hits) {
      bytes[random.Below(bytes.size())] = static_cast<char>(random.Next());
    }
    if (random.Chance(0.3)) bytes.resize(random.Below(bytes.size()));
    auto context = UnpackCall(Base64UrlEncode(bytes));
    UnpackReply(Base64UrlEncode(bytes));
    if (!context) continue;
    ++read;
    EXPECT_EQ(UnpackCall(Pack(*context)), context) << "round " << i;
  }
  EXPECT_GT(read, 100);  // the mutations are not so wild that none is read
  EXPECT_LT(read, 20'000);
}

TEST(ContextTest, TextThatIsNoBase64UrlIsNoContext) {
  for (const char* text : {"=", "a", "a b", "CAE=", "!!!!"}) {
    EXPECT_FALSE(UnpackCall(text)) << text;
  }
}

}  // namespace
}  // namespace herald::call
