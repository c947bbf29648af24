// SPDX-License-Identifier: Apache-2.0
#include "discovery/kubernetes/node_topology.h"

#include <utility>

namespace herald::kubernetes {
namespace {

constexpr char kRegion[] = "topology.kubernetes.io/region";
constexpr char kZone[] = "topology.kubernetes.io/zone";

StatusOr<Topology> Read(const StatusOr<http::WebAnswer>& answer) {
  if (!answer.ok()) return answer.status();
  if (answer->status != 200) {
    return Unavailable(ReasonOf(answer->status, answer->body));
  }
  auto node = json::Parse(answer->body);
  const json::Object* labels =
      node && node->is_object()
          ? MapAt(node->get_object(), {"metadata", "labels"})
          : nullptr;
  if (labels == nullptr) return Topology();
  return Topology{json::GetString(*labels, kRegion).value_or(""),
                  json::GetString(*labels, kZone).value_or("")};
}

}  // namespace

NodeTopology::NodeTopology(const Api& api, const std::string& node, Done done)
    : done_(std::move(done)) {
  auto request = MakeRequest(api, "GET", "/api/v1/nodes/" + Escape(node));
  if (!request.ok()) {
    api.loop.Post([done = done_, why = request.status()] { done(why); });
    return;
  }
  ask_ = std::make_unique<http::Ask>(
      api.web, api.loop, *std::move(request), http::AskLimits{},
      [done = done_](const StatusOr<http::WebAnswer>& answer) {
        done(Read(answer));
      });
}

}  // namespace herald::kubernetes
