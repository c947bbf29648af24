// SPDX-License-Identifier: Apache-2.0
#include "core/net/client_link.h"

#include <utility>

namespace herald::net {
namespace {

// A connection used this recently is taken without asking the kernel whether
// it still stands: servers wait seconds before they close one.
constexpr Duration kSurelyAlive = std::chrono::milliseconds(100);

}  // namespace

ClientLink::ClientLink(Setup setup, Events& events)
    : loop_(setup.loop),
      events_(events),
      idle_(setup.idle),
      wire_(setup.loop, Wire::Role::kClient, std::move(setup.stream), this),
      idle_since_(setup.loop.Now()) {
  auto codec = http::MakeClientCodec(setup.protocol, setup.limits, wire_);
  codec_ = codec.get();
  codec_->WatchPeer(setup.watch, loop_.Now());
  wire_.Start(std::move(codec));
}

ClientLink::~ClientLink() { loop_.Cancel(timer_); }

bool ClientLink::IsReady() const {
  if (!wire_.open() || !codec_->CanOpen()) return false;
  bool rested = !busy_ && loop_.Now() - idle_since_ > kSurelyAlive;
  return !rested || wire_.Quiet();
}

std::unique_ptr<http::Stream> ClientLink::Open(const http::RequestHead& head,
                                               bool end,
                                               http::StreamEvents* events) {
  busy_ = true;
  auto stream = codec_->Open(head, end, events);
  wire_.OnCodecActivity();
  return stream;
}

void ClientLink::OnWireSettled() {
  if (codec_->open_streams() == 0) {
    if (std::exchange(busy_, false)) {
      has_served_ = true;
      idle_since_ = loop_.Now();
    }
    if (timer_ == 0) {
      timer_ = loop_.RunAt(idle_since_ + idle_, [this] { OnTimer(); });
    }
  }
  events_.OnLinkSettled();
}

void ClientLink::OnWireClosed() { events_.OnLinkClosed(this); }

// The timer stands at the end of an idle time that may have been interrupted
// since; then it is set anew when the link falls idle the next time.
void ClientLink::OnTimer() {
  timer_ = 0;
  if (busy_) return;
  if (loop_.Now() - idle_since_ >= idle_) {
    wire_.Drain();
  } else {
    timer_ = loop_.RunAt(idle_since_ + idle_, [this] { OnTimer(); });
  }
}

}  // namespace herald::net
