// SPDX-License-Identifier: Apache-2.0
//
// Region and zone of the node we run on, read once from its labels. Before
// Kubernetes 1.35 a pod does not know them, and may only look where it was
// given the right to.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/http/ask.h"
#include "discovery/kubernetes/api.h"

namespace herald::kubernetes {

struct Topology {
  std::string region;  // empty: not known
  std::string zone;
};

// Owned by whoever wants to know; one thread. `done` is called once, on the
// loop; an error says why there is no answer. It may destroy this.
class NodeTopology {
 public:
  using Done = std::function<void(StatusOr<Topology>)>;
  NodeTopology(const Api& api, const std::string& node, Done done);

 private:
  const Done done_;
  std::unique_ptr<http::Ask> ask_;
};

}  // namespace herald::kubernetes
