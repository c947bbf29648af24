// SPDX-License-Identifier: Apache-2.0
//
// The peers as the policy in force sees them, each looked at once. A call
// weighs every peer that serves its agent; what a policy asks of a site does
// not change from call to call.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "discovery/endpoint.h"
#include "policy/node_view.h"
#include "policy/program.h"

namespace herald::call {

// One for a sidecar; one thread.
class NodeViews {
 public:
  // Peers come and go; beyond so many views all are made anew.
  static constexpr size_t kMaxViews = 4096;

  NodeViews() = default;
  // Moved with its Environment, before the first call.
  NodeViews(NodeViews&&) = default;
  NodeViews& operator=(NodeViews&&) = default;

  // The program that is asked from now on. Views given before are gone when it
  // is another one, or when there are too many.
  void Use(std::shared_ptr<const policy::Program> program);

  // REQUIRES: Use before.
  const policy::Program& program() const { return *program_; }

  // Lives until the next Use.
  const policy::NodeView& Of(const discovery::EndpointPtr& peer);
  // Of the network `index` that its way passes.
  const policy::NodeView& OfTransit(const discovery::EndpointPtr& peer,
                                    size_t index);
  // Of a node of which nothing is known.
  const policy::NodeView& Unknown();

 private:
  struct Entry {
    discovery::EndpointPtr peer;  // so that its address stays its own
    std::unique_ptr<const policy::NodeView> view;
    std::vector<std::unique_ptr<const policy::NodeView>> transit;
  };
  Entry& EntryOf(const discovery::EndpointPtr& peer);

  std::shared_ptr<const policy::Program> program_;
  absl::flat_hash_map<const discovery::Endpoint*, Entry> views_;
  std::unique_ptr<const policy::NodeView> unknown_;
};

}  // namespace herald::call
