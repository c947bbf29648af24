// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/stream_fall_back.h"

#include <utility>

namespace herald::transport {
namespace {

constexpr Duration kDialTime = std::chrono::seconds(3);

net::DialFrom LeaveBy(const discovery::Binding& binding) {
  return {.source = binding.source,
          .marks = {.interface = binding.interface,
                    .dscp = binding.dscp.value_or(0)}};
}

}  // namespace

StreamFallBack::StreamFallBack(net::AsioLoop& loop, const net::TlsContext& tls,
                               const discovery::Endpoint& peer,
                               FallBackEvents& events)
    : loop_(loop),
      tls_(tls),
      identity_(peer.identity),
      events_(events),
      dial_(std::make_unique<net::Dial>(
          loop, peer.address, kDialTime,
          [this](StatusOr<net::UniqueFd> fd) { OnDialled(std::move(fd)); },
          LeaveBy(peer.binding))) {}

void StreamFallBack::OnDialled(StatusOr<net::UniqueFd> fd) {
  if (!fd.ok()) {
    const std::string why = Message(fd.status());
    return events_.OnFallBackOver(*this, why);
  }
  link_ = std::make_unique<StreamLink>(
      StreamLink::Setup{
          .loop = loop_,
          .fd = *std::move(fd),
          .session = tls_.NewSession(identity_, net::Protocol::kHttp2),
          .limits = StreamLimits()},
      *this);
}

void StreamFallBack::Drain() {
  if (link_) return link_->Drain();
  dial_.reset();
}

FallBackMaker FallBackOver(net::AsioLoop& loop, const net::TlsContext& tls) {
  return [&loop, &tls](const discovery::Endpoint& peer,
                       FallBackEvents& events) -> std::unique_ptr<FallBack> {
    if (peer.identity.empty()) return nullptr;
    return std::make_unique<StreamFallBack>(loop, tls, peer, events);
  };
}

}  // namespace herald::transport
