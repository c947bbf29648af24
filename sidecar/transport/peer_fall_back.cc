// SPDX-License-Identifier: Apache-2.0
//
// PeerConnection while QUIC does not get through: HTTP/2 over TCP stands in,
// and QUIC is tried again until it answers.
//
//   QUIC handshake unanswered for fall_back_after -> connect over TCP
//   TCP ready, QUIC not                           -> calls go over TCP
//   QUIC answers (tried each quic_again)          -> calls go over QUIC; TCP
//                                                    finishes what it has
//
// TCP tells nothing of acknowledgements, so the peer is judged by whether it
// answers the probe of each second.
#include <algorithm>
#include <utility>

#include "sidecar/transport/peer_connection.h"

namespace herald::transport {
namespace {

using routing::Link;

// Since a probe that is not answered. TCP itself repeats a lost packet after
// 200 ms at the least, so nobody is suspected before that.
constexpr Duration kSuspectAfter = std::chrono::milliseconds(400);
constexpr Duration kDownAfter = std::chrono::seconds(1);
constexpr Duration kDeadAfter = std::chrono::seconds(3);

}  // namespace

bool PeerConnection::OnQuic() const {
  return link_ != nullptr && link_->ready();
}

bool PeerConnection::OnFallBack() const {
  return fall_back_ready_ && !OnQuic();
}

// A handshake over QUIC begins: it has that long before TCP is tried too.
void PeerConnection::ExpectQuic() {
  if (!parts_.fall_back || fall_back_ || fall_back_timer_ != 0) return;
  fall_back_timer_ =
      loop_.RunAt(loop_.Now() + options_.fall_back_after, [this] {
        fall_back_timer_ = 0;
        if (OnQuic() || fall_back_ || !Wanted()) return;
        fall_back_ready_ = false;
        fall_back_ = parts_.fall_back(*peer_, *this);
      });
}

void PeerConnection::OnFallBackReady(FallBack& which) {
  if (&which != fall_back_.get()) return;
  fall_back_ready_ = true;
  if (OnQuic()) return LetFallBackGo();
  connects_ok_.Add();
  fallen_back_.Add();
  parts_.log.Warning("peer_up_over_tcp",
                     {{"peer", peer_->name},
                      {"address", peer_->address.ToString()},
                      {"why", "UDP gets no answer; QUIC is tried again"}});
  SetState(Link::kUp);
  rtt_.reset();
  StartProbe(ProbeKind::kGreeting);
  AskLoad();
  loop_.Cancel(std::exchange(probe_timer_, 0));
  ScheduleProbe();
  PumpWaiting();
}

void PeerConnection::OnFallBackSettled(FallBack& which) {
  if (&which == fall_back_.get()) PumpWaiting();
}

// QUIC is back, or nobody wants the peer any more.
void PeerConnection::LetFallBackGo() {
  loop_.Cancel(std::exchange(fall_back_timer_, 0));
  loop_.Cancel(std::exchange(watch_timer_, 0));
  std::unique_ptr<FallBack> going = std::move(fall_back_);
  if (!going || !std::exchange(fall_back_ready_, false)) return;
  going->Drain();
  leaving_fall_backs_.push_back(std::move(going));
}

void PeerConnection::OnFallBackOver(FallBack& which, const std::string& why) {
  std::erase_if(leaving_fall_backs_,
                [&](const auto& one) { return one.get() == &which; });
  if (&which == fall_back_.get()) EndFallBack(why);
}

void PeerConnection::EndFallBack(const std::string& why) {
  loop_.Cancel(std::exchange(watch_timer_, 0));
  bool was_ready = std::exchange(fall_back_ready_, false);
  // Its end tells its exchanges, whose users may come back at once.
  std::exchange(fall_back_, nullptr).reset();
  if (OnQuic()) return;
  last_failure_ = why;
  if (was_ready) {
    ++failures_;
    parts_.log.Warning("peer_lost", {{"peer", peer_->name},
                                     {"address", peer_->address.ToString()},
                                     {"over", "tcp"},
                                     {"why", why}});
    loop_.Cancel(std::exchange(probe_timer_, 0));
    SetState(Link::kDown);
  }
  // Where QUIC still tries, its end says what becomes of the peer.
  if (link_ != nullptr) return;
  SetState(Wanted() ? Link::kDown : Link::kIdle);
  FailWaiting();
  loop_.Cancel(std::exchange(reconnect_timer_, 0));
  ScheduleReconnect();
}

// A probe has left over TCP.
void PeerConnection::WatchFallBack() {
  if (watch_timer_ == 0) {
    watch_timer_ = loop_.RunAt(load_asked_at_ + kSuspectAfter, [this] {
      watch_timer_ = 0;
      JudgeFallBack();
    });
  }
}

void PeerConnection::JudgeFallBack() {
  if (!OnFallBack() || !load_probe_ || load_probe_->over()) return;
  Duration silent = loop_.Now() - load_asked_at_;
  if (silent >= kDeadAfter) {
    deaths_.Add();
    return EndFallBack("no answer to a probe for " +
                       std::to_string(static_cast<int64_t>(ToMillis(silent))) +
                       " ms");
  }
  SetState(silent >= kDownAfter ? Link::kDown : Link::kSuspect);
  Duration next = silent >= kDownAfter ? kDeadAfter : kDownAfter;
  watch_timer_ = loop_.RunAt(load_asked_at_ + next, [this] {
    watch_timer_ = 0;
    JudgeFallBack();
  });
}

void PeerConnection::OnFallBackAnswer() {
  if (!OnFallBack()) return;
  SetState(Link::kUp);
  // As QUIC smooths its samples (RFC 9002 §5.3).
  Duration sample = loop_.Now() - load_asked_at_;
  if (!rtt_) {
    rtt_ = RttSample{sample, sample / 2, sample};
  } else {
    Duration off = std::max(sample - rtt_->smoothed, rtt_->smoothed - sample);
    rtt_->variation = (3 * rtt_->variation + off) / 4;
    rtt_->smoothed = (7 * rtt_->smoothed + sample) / 8;
    rtt_->minimum = std::min(rtt_->minimum, sample);
  }
  parts_.events.OnRtt(*peer_, rtt_->smoothed, rtt_->variation);
}

}  // namespace herald::transport
