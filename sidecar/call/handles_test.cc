// SPDX-License-Identifier: Apache-2.0
//
// Handles and what delivers them: the secret lives as long as its call.
#include "sidecar/call/handles.h"

#include <gtest/gtest.h>

#include <set>

#include "sidecar/call/delivery.h"
#include "sidecar/call/scene_testing.h"

namespace herald::call {
namespace {

TEST(HandlesTest, FindsWhatWasAddedUntilItIsRemoved) {
  Handles handles;
  handles.Add("secret", {.call_id = "x", .labels = {"personal"}});
  ASSERT_NE(handles.Find("secret"), nullptr);
  EXPECT_EQ(handles.Find("secret")->labels.front(), "personal");
  EXPECT_EQ(handles.Find("guess"), nullptr);
  handles.Remove("secret");
  EXPECT_EQ(handles.Find("secret"), nullptr);
  handles.Remove("secret");
}

TEST(DeliveryTest, ItsHandleLivesAsLongAsItDoes) {
  Scene scene;
  CallFacts call;
  call.id = "id";
  call.labels = {"a", "b"};
  call.purpose = "support";
  {
    Delivery delivery(scene.environment, call, std::nullopt, 3);
    const Ancestry* ancestry = scene.handles.Find("handle-1");
    ASSERT_NE(ancestry, nullptr);
    EXPECT_EQ(ancestry->call_id, "id");
    EXPECT_EQ(ancestry->labels, call.labels);
    EXPECT_EQ(ancestry->purpose, "support");
    EXPECT_EQ(ancestry->hops, 3u);
  }
  EXPECT_EQ(scene.handles.Find("handle-1"), nullptr);
}

TEST(DeliveryTest, TheAgentSeesHandleCallerAndLabels) {
  Scene scene;
  CallFacts call;
  call.caller = "spiffe://acme.example/agent/caller";
  call.labels = {"a", "b"};
  Delivery delivery(scene.environment, call, std::nullopt, 0);
  http::Headers headers;
  delivery.AddTo(headers, call);
  EXPECT_EQ(headers.size(), 3u);
  EXPECT_EQ(headers.Get("herald-call"), "handle-1");
  EXPECT_EQ(headers.Get("herald-caller"), call.caller);
  EXPECT_EQ(headers.Get("herald-labels"), "a, b");
}

TEST(DeliveryTest, WithoutLabelsThereIsNoSuchHeader) {
  Scene scene;
  CallFacts call;
  Delivery delivery(scene.environment, call, std::nullopt, 0);
  http::Headers headers;
  delivery.AddTo(headers, call);
  EXPECT_EQ(headers.Count("herald-labels"), 0u);
}

TEST(CallIdTest, IsTwentyTwoCharactersAndNeverTheSame) {
  Random random(1);
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    std::string id = MakeCallId(random);
    EXPECT_EQ(id.size(), 22u);
    EXPECT_TRUE(seen.insert(id).second);
  }
}

TEST(CallIdTest, NeverLooksLikeAnOptionOfACommand) {
  Random random(1);
  for (int i = 0; i < 1000; ++i) EXPECT_NE(MakeCallId(random)[0], '-');
}

}  // namespace
}  // namespace herald::call
