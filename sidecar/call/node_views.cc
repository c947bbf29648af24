// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/node_views.h"

#include <utility>

namespace herald::call {

void NodeViews::Use(std::shared_ptr<const policy::Program> program) {
  if (program == program_ && views_.size() < kMaxViews) return;
  views_.clear();
  unknown_.reset();
  program_ = std::move(program);
}

NodeViews::Entry& NodeViews::EntryOf(const discovery::EndpointPtr& peer) {
  Entry& entry = views_[peer.get()];
  if (entry.view != nullptr) return entry;
  entry.peer = peer;
  entry.view = std::make_unique<const policy::NodeView>(*program_, peer->site);
  for (const Site& network : peer->transit) {
    entry.transit.push_back(
        std::make_unique<const policy::NodeView>(*program_, network));
  }
  return entry;
}

const policy::NodeView& NodeViews::Of(const discovery::EndpointPtr& peer) {
  return *EntryOf(peer).view;
}

const policy::NodeView& NodeViews::OfTransit(const discovery::EndpointPtr& peer,
                                             size_t index) {
  return *EntryOf(peer).transit[index];
}

const policy::NodeView& NodeViews::Unknown() {
  if (unknown_ == nullptr) {
    unknown_ = std::make_unique<const policy::NodeView>(*program_, Site{});
  }
  return *unknown_;
}

}  // namespace herald::call
