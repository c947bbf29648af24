// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/bound_sockets.h"

#include <utility>

namespace herald::app {
namespace {

std::string KeyOf(const discovery::Binding& binding) {
  std::string key = binding.source ? binding.source->ToString() : "";
  key += '%' + binding.interface + '%';
  return key + std::to_string(binding.dscp.value_or(0));
}

}  // namespace

// What the pool said last, farewells among it, still leaves.
BoundSockets::~BoundSockets() {
  for (auto& [key, bound] : bound_) {
    if (bound.endpoint != nullptr) bound.endpoint->FlushNow();
  }
}

transport::UdpEndpoint* BoundSockets::For(const discovery::Binding& binding) {
  Bound& slot = bound_[KeyOf(binding)];
  if (slot.endpoint != nullptr) return slot.endpoint.get();
  auto socket = net::UdpSocket::Bind(
      loop_, binding.source.value_or(any_),
      {.interface = binding.interface, .dscp = binding.dscp.value_or(0)});
  if (!socket.ok()) {
    log_.Warning("way_not_bound", {{"why", Message(socket.status())}});
    return nullptr;
  }
  slot.socket = *std::move(socket);
  slot.endpoint = std::make_unique<transport::UdpEndpoint>(
      loop_, *slot.socket, transport::TransportOptions{}, metrics_);
  return slot.endpoint.get();
}

}  // namespace herald::app
