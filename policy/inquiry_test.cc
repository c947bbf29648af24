// SPDX-License-Identifier: Apache-2.0
//
// That it decides as judge.h does is for the differential test; here is how it
// is used, and its bounds.
#include "policy/inquiry.h"

#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "policy/question_builder.h"
#include "policy/rules_text.h"

namespace herald::policy {
namespace {

// The views of a question's path.
class Views {
 public:
  Views(const Program& program, const Path& path) : keys_(path.keys_held_in) {
    for (const Node& node : path.nodes)
      views_.emplace_back(program, *node.site);
    for (size_t i = 0; i < path.nodes.size(); ++i) {
      nodes_.push_back(
          {path.nodes[i].relay, path.nodes[i].terminates, &views_[i]});
    }
  }
  ViewedPath path() const { return {nodes_, keys_}; }

 private:
  std::vector<NodeView> views_;
  std::vector<ViewedNode> nodes_;
  std::optional<Country> keys_;
};

TEST(InquiryTest, OneCallIsAskedAboutManyPaths) {
  auto program = Rules(
      "  - {id: eu, effect: Permit, covers: [a], when: {purposes: [x]}, where: "
      "{process: {countries: {in: [DE, FR]}}}}\n"
      "  - {id: stop, effect: Forbid, where: "
      "{anyNode: {countries: {in: [FR]}}}}\n");
  Question call;
  call.Label("a").Purpose("x");
  policy::Call asked = call.call();
  Inquiry inquiry(*program, asked);
  auto permitted = [&](const char* country) {
    Question path;
    path.Peer(country);
    Views views(*program, path.path());
    bool fast = inquiry.Ask(views.path()).permitted();
    EXPECT_EQ(fast, inquiry.Decide(path.path()).allowed()) << country;
    return fast;
  };
  EXPECT_TRUE(permitted("DE"));
  EXPECT_FALSE(permitted("FR"));
  EXPECT_FALSE(permitted("US"));
  EXPECT_FALSE(permitted("")) << "an unknown country";
}

TEST(InquiryTest, AnEmptyPathIsDenied) {
  auto program = Rules("  - {id: a, effect: Permit, covers: [a], where: {}}\n");
  Question call;
  call.Label("a");
  policy::Call asked = call.call();
  EXPECT_FALSE(Inquiry(*program, asked).Ask({}).permitted());
}

// More rules and more different atoms than there is room for inside, each of a
// purpose of its own; the last ones count like the first.
TEST(InquiryTest, BeyondItsRoomItStillDecides) {
  std::string rules;
  constexpr int kRules = static_cast<int>(Inquiry::kInlineWords) * 64 + 10;
  for (int i = 0; i < kRules; ++i) {
    std::string n = std::to_string(i);
    rules += "  - {id: r" + n +
             ", effect: Permit, covers: [a], when: " + "{purposes: [p" + n +
             "]}, where: {process: {countries: {in: [" +
             (i % 2 == 0 ? "DE" : "FR") + "]}}}}\n";
  }
  auto program = Rules(rules);
  ASSERT_GT(program->plan().atoms().size(), Inquiry::kInlineAtoms);
  Question path;
  path.Peer("DE");
  Views views(*program, path.path());
  for (int i : {0, 1, kRules - 2, kRules - 1}) {
    Question call;
    call.Label("a").Purpose("p" + std::to_string(i));
    policy::Call asked = call.call();
    EXPECT_EQ(Inquiry(*program, asked).Ask(views.path()).permitted(),
              i % 2 == 0)
        << i;
  }
}

}  // namespace
}  // namespace herald::policy
