// SPDX-License-Identifier: Apache-2.0
#include "core/net/wire.h"

#include <utility>

namespace herald::net {
namespace {

// Closing a socket with unread bytes makes the kernel send a reset, which can
// overtake our last answer (RFC 9112 §9.6). So a server end first says that
// it is done and reads on for a while, to nowhere.
constexpr Duration kLinger = std::chrono::seconds(1);

}  // namespace

Wire::Wire(AsioLoop& loop, Role role, std::unique_ptr<ByteStream> stream,
           WireEvents* events)
    : loop_(loop),
      role_(role),
      events_(events),
      stream_(std::move(stream)),
      self_(std::make_shared<Wire*>(this)) {
  stream_->SetEvents(this);
}

Wire::~Wire() {
  *self_ = nullptr;
  // The codec's last words must not make us dirty once more.
  dirty_ = true;
  codec_.reset();
  loop_.Cancel(timer_);
}

void Wire::Start(std::unique_ptr<http::Codec> codec) {
  codec_ = std::move(codec);
  MarkDirty();
}

void Wire::Drain() {
  if (!open()) return;
  draining_ = true;
  codec_->Drain();
  MarkDirty();
}

void Wire::Close() {
  broken_ = true;
  MarkDirty();
}

// --- What happens during a turn ---------------------------------------------

void Wire::OnBytes(std::string_view bytes) {
  if (!linger_until_) codec_->Feed(bytes, loop_.Now());
  // Many agents write head and body apart and with Nagle's algorithm on: the
  // body waits for the acknowledgement of the head, which the kernel would
  // delay by 40 ms.
  if (role_ == Role::kClient && codec_->open_streams() > 0) {
    stream_->AcknowledgeNow();
  }
  MarkDirty();
}

void Wire::OnEof() {
  eof_ = true;
  codec_->OnEof(loop_.Now());
  // A client that closes while it is owed an answer has left; there is no
  // telling a half-close from it, and an agent that goes on working for
  // nobody is the greater harm (nginx reads it the same way).
  if (role_ == Role::kServer && codec_->open_streams() > 0) broken_ = true;
  MarkDirty();
}

void Wire::OnBroken(const std::string& why) {
  why_ = why;
  broken_ = true;
  MarkDirty();
}

void Wire::OnWritable() {
  write_blocked_ = false;
  MarkDirty();
}

void Wire::MarkDirty() {
  if (std::exchange(dirty_, true)) return;
  loop_.AtTurnEnd([self = self_] {
    if (*self != nullptr) (*self)->Settle();
  });
}

// --- The end of the turn ----------------------------------------------------

void Wire::Settle() {
  dirty_ = false;
  if (!broken_) WriteOut();
  if (EndIfOver()) return;
  bool room = linger_until_ || write_dead_ || codec_->WantsInput();
  if (!eof_ && room) stream_->Read();
  SetTimer(linger_until_.value_or(codec_->NextDeadline()));
  events_->OnWireSettled();
}

void Wire::WriteOut() {
  while (!write_blocked_) {
    std::string_view output = codec_->Output();
    if (output.empty()) return;
    if (write_dead_) {
      codec_->Wrote(output.size());
      continue;
    }
    std::optional<size_t> taken = stream_->Write(output);
    if (taken) {
      write_blocked_ = *taken < output.size();
      codec_->Wrote(*taken);
    } else if (role_ == Role::kServer) {
      broken_ = true;
      return;
    } else {
      // The agent may have answered before it closed its ear: read on.
      write_dead_ = true;
    }
  }
}

bool Wire::EndIfOver() {
  bool written = codec_->Output().empty();
  bool over = broken_ || (codec_->done() && written);
  if (!over) return false;
  bool linger = role_ == Role::kServer && !broken_ && !eof_ && !draining_;
  if (linger && !linger_until_) {
    stream_->ShutdownWrite();
    linger_until_ = loop_.Now() + kLinger;
  }
  if (linger && loop_.Now() < *linger_until_) return false;
  // Open exchanges learn of it from the codec's end, which is no activity of
  // the wire's any more.
  dirty_ = true;
  codec_.reset();
  events_->OnWireClosed();
  return true;
}

// A timer that stands too early is left there: it finds nothing due and is
// set anew. Deadlines mostly move outwards, with every byte.
void Wire::SetTimer(Time when) {
  if (when >= timer_at_) return;
  loop_.Cancel(timer_);
  timer_at_ = when;
  timer_ = loop_.RunAt(when, [this] { OnTimer(); });
}

void Wire::OnTimer() {
  timer_ = 0;
  timer_at_ = kNever;
  Time now = loop_.Now();
  if (!linger_until_ && codec_->NextDeadline() <= now) codec_->OnDeadline(now);
  MarkDirty();
}

}  // namespace herald::net
