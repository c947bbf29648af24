// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/policy_texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_loop.h"
#include "tests/support/fake_web.h"

namespace herald::kubernetes {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const char kPolicy[] = R"({"apiVersion":"herald.dev/v1alpha1",
  "kind":"RoutingPolicy","metadata":{"name":"eu","namespace":"claims",
  "uid":"u","resourceVersion":"8","generation":3,"managedFields":[{"a":1}],
  "annotations":{"herald.dev/may-newly-deny":"2026-12-01","herald.dev/seal":"s",
    "kubectl.kubernetes.io/last-applied-configuration":"{}"}},
  "spec":{"rules":[{"id":"a","effect":"Permit","covers":["NO"]}]},
  "status":{"conditions":[]}})";

TEST(PolicyObjectTest, ItsTextIsWhatTheCompilerMaySee) {
  const PolicyObject object =
      ReadPolicyObject(json::Parse(kPolicy)->get_object());
  EXPECT_EQ(object.Label(), "RoutingPolicy/claims/eu");
  EXPECT_EQ(object.generation, 3);
  EXPECT_EQ(object.seal, "s");
  EXPECT_EQ(object.text,
            "apiVersion: herald.dev/v1alpha1\n"
            "kind: RoutingPolicy\n"
            "metadata:\n"
            "  annotations:\n"
            "    herald.dev/may-newly-deny: 2026-12-01\n"
            "  name: eu\n"
            "  namespace: claims\n"
            "spec:\n"
            "  rules:\n"
            "  - covers:\n"
            "    - \"NO\"\n"
            "    effect: Permit\n"
            "    id: a\n");
}

TEST(PolicyObjectTest, ThoseOfTheClusterHaveNoNamespaceInTheirLabel) {
  auto object =
      json::Parse(R"({"kind":"LabelSchema","metadata":{"name":"l"}})");
  EXPECT_EQ(ReadPolicyObject(object->get_object()).Label(), "LabelSchema/l");
  EXPECT_STREQ(PluralOf("LabelSchema"), "labelschemas");
  EXPECT_EQ(PluralOf("Agent"), nullptr);
}

class KubernetesPoliciesTest : public testing::Test {
 protected:
  static std::string ListOf(const std::string& items) {
    return R"({"metadata":{"resourceVersion":"7"},"items":[)" + items + "]}";
  }
  // As in a list, where members do not say their kind.
  static std::string Member(const std::string& name,
                            const std::string& spec = "{}") {
    return R"({"metadata":{"name":")" + name + R"("},"spec":)" + spec + "}";
  }
  test::FakeWeb::AskedPtr Asked(const std::string& plural) const {
    for (size_t i = web_.asked.size(); i-- > 0;) {
      if (web_.asked[i]->path().find("/" + plural + "?") != std::string::npos) {
        return web_.asked[i];
      }
    }
    return nullptr;
  }
  // All but `except` answer with nothing; then their watches begin.
  void ListAllBut(const std::string& except) {
    policies_->Start();
    for (const char* plural :
         {"clusterroutingpolicies", "jurisdictionsets", "labelschemas",
          "overrides", "routingpolicies"}) {
      if (plural == except) continue;
      Asked(plural)->Answer(200, ListOf(""));
      Asked(plural)->Head(200);
    }
  }
  void Make(KubernetesPoliciesOptions options = {}) {
    policies_.emplace(api_, metrics_, std::move(options), [this] { ++told_; });
  }
  std::vector<std::string> Labels() const {
    std::vector<std::string> out;
    for (const auto& object : policies_->objects()) {
      out.push_back(object.Label());
    }
    return out;
  }

  test::FakeLoop loop_;
  test::FakeWeb web_;
  Random random_{1};
  Metrics metrics_;
  Api api_{.loop = loop_, .random = random_, .web = web_, .token = nullptr};
  int told_ = 0;
  std::optional<KubernetesPolicies> policies_;
};

TEST_F(KubernetesPoliciesTest, TellsNothingBeforeEveryKindIsKnown) {
  Make();
  ListAllBut("overrides");
  loop_.RunFor(seconds(10));
  EXPECT_FALSE(policies_->complete());
  EXPECT_EQ(told_, 0);
  Asked("overrides")->Answer(200, ListOf(""));
  loop_.RunFor(seconds(1));
  EXPECT_TRUE(policies_->complete());
  EXPECT_EQ(told_, 1);
  EXPECT_THAT(policies_->objects(), IsEmpty());
}

TEST_F(KubernetesPoliciesTest, MembersOfAListAreOfItsKind) {
  Make();
  ListAllBut("labelschemas");
  Asked("labelschemas")->Answer(200, ListOf(Member("b") + "," + Member("a")));
  EXPECT_THAT(Labels(), ElementsAre("LabelSchema/a", "LabelSchema/b"));
  EXPECT_THAT(policies_->objects()[0].text,
              HasSubstr("apiVersion: herald.dev/v1alpha1\nkind: LabelSchema"));
}

TEST_F(KubernetesPoliciesTest, ChangesAreToldWhenTheyRest) {
  Make();
  ListAllBut("");
  loop_.RunFor(seconds(1));
  told_ = 0;
  auto change = [&](const std::string& name) {
    Asked("labelschemas")
        ->Body("{\"type\":\"ADDED\",\"object\":" + Member(name) + "}\n");
  };
  change("a");
  loop_.RunFor(milliseconds(200));
  change("b");
  loop_.RunFor(milliseconds(200));
  EXPECT_EQ(told_, 0);
  loop_.RunFor(milliseconds(200));
  EXPECT_EQ(told_, 1);
  // Whoever never rests is heard as well.
  for (int i = 0; i < 40; ++i) {
    change("c" + std::to_string(i));
    loop_.RunFor(milliseconds(100));
  }
  EXPECT_EQ(told_, 2);
}

TEST_F(KubernetesPoliciesTest, AStatusIsNoChange) {
  Make();
  ListAllBut("");
  loop_.RunFor(seconds(1));
  const std::string object =
      R"({"type":"MODIFIED","object":)" + std::string(kPolicy) + "}\n";
  std::string line = object;
  std::erase(line, '\n');
  Asked("routingpolicies")->Body(line + "\n");
  loop_.RunFor(seconds(1));
  EXPECT_EQ(told_, 2);
  Asked("routingpolicies")->Body(line + "\n");
  loop_.RunFor(seconds(1));
  EXPECT_EQ(told_, 2);
}

TEST_F(KubernetesPoliciesTest, ADeletedObjectIsGone) {
  Make();
  ListAllBut("labelschemas");
  Asked("labelschemas")->Answer(200, ListOf(Member("a")));
  Asked("labelschemas")->Head(200);
  loop_.RunFor(seconds(1));
  Asked("labelschemas")
      ->Body("{\"type\":\"DELETED\",\"object\":" + Member("a") + "}\n");
  loop_.RunFor(seconds(1));
  EXPECT_EQ(told_, 2);
  EXPECT_THAT(policies_->objects(), IsEmpty());
}

TEST_F(KubernetesPoliciesTest, AServerThatIsAwayTakesNothingAway) {
  Make();
  ListAllBut("labelschemas");
  Asked("labelschemas")->Answer(200, ListOf(Member("a")));
  loop_.RunFor(seconds(1));
  Asked("labelschemas")->End(Unavailable("connection refused"));
  loop_.RunFor(seconds(1));
  EXPECT_EQ(told_, 1);
  EXPECT_THAT(policies_->objects(), SizeIs(1));
  EXPECT_THAT(policies_->problem(),
              HasSubstr("kubernetes: LabelSchema: connection refused"));
}

TEST_F(KubernetesPoliciesTest, KindsOfTheClusterAreReadWithAnyNamespaces) {
  Make({.namespaces = {"claims"}});
  policies_->Start();
  ASSERT_THAT(web_.asked, SizeIs(5));
  EXPECT_THAT(Asked("labelschemas")->path(), Not(HasSubstr("namespaces")));
  EXPECT_THAT(Asked("overrides")->path(), HasSubstr("/namespaces/claims/"));
}

}  // namespace
}  // namespace herald::kubernetes
