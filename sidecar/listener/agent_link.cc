// SPDX-License-Identifier: Apache-2.0
#include "sidecar/listener/agent_link.h"

#include <utility>

namespace herald::listener {
namespace {

// A connection used this recently is taken without asking the kernel whether
// it still stands: agents wait seconds before they close one.
constexpr Duration kSurelyAlive = std::chrono::milliseconds(100);

}  // namespace

AgentLink::AgentLink(net::AsioLoop& loop, net::UniqueFd fd,
                     http::Protocol protocol, const http::Limits& limits,
                     Events& events)
    : loop_(loop),
      events_(events),
      wire_(loop, Wire::Role::kClient, std::move(fd), this),
      idle_since_(loop.Now()) {
  auto codec = http::MakeClientCodec(protocol, limits, wire_);
  codec_ = codec.get();
  wire_.Start(std::move(codec));
}

AgentLink::~AgentLink() { loop_.Cancel(timer_); }

bool AgentLink::IsReady() const {
  if (!wire_.open() || !codec_->CanOpen()) return false;
  bool rested = !busy_ && loop_.Now() - idle_since_ > kSurelyAlive;
  return !rested || wire_.Quiet();
}

std::unique_ptr<http::Stream> AgentLink::Open(const http::RequestHead& head,
                                              bool end,
                                              http::StreamEvents* events) {
  busy_ = true;
  auto stream = codec_->Open(head, end, events);
  wire_.OnCodecActivity();
  return stream;
}

void AgentLink::OnWireSettled() {
  if (codec_->open_streams() == 0) {
    if (std::exchange(busy_, false)) {
      has_served_ = true;
      idle_since_ = loop_.Now();
    }
    if (timer_ == 0) {
      timer_ = loop_.RunAt(idle_since_ + kIdle, [this] { OnTimer(); });
    }
  }
  events_.OnLinkSettled();
}

void AgentLink::OnWireClosed() { events_.OnLinkClosed(this); }

// The timer stands at the end of an idle time that may have been interrupted
// since; then it is set anew when the link falls idle the next time.
void AgentLink::OnTimer() {
  timer_ = 0;
  if (busy_) return;
  if (loop_.Now() - idle_since_ >= kIdle) {
    wire_.Drain();
  } else {
    timer_ = loop_.RunAt(idle_since_ + kIdle, [this] { OnTimer(); });
  }
}

}  // namespace herald::listener
