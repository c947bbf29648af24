// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/mesh_link.h"

#include <algorithm>
#include <utility>

#include "sidecar/transport/h3_codes.h"
#include "sidecar/transport/udp_endpoint.h"

namespace herald::transport {
namespace {

// One link's share of a turn, in batches: others get theirs, too.
constexpr int kBatchesPerFlush = 16;
// RFC 9002 §6.1.2's granularity.
constexpr Duration kGranularity = std::chrono::milliseconds(1);
// ngtcp2 would acknowledge after an eighth of the round trip, 30 us on one
// machine: a wake-up and a packet of its own with every call, where the answer
// or the next call is about to carry it anyway. Half of what we promise as
// max_ack_delay, so that the other half is left for a timer that is late.
constexpr int kAckShare = 2;
// GOAWAY's second step after about two round trips, at least this.
constexpr Duration kLeastDrainNotice = std::chrono::milliseconds(10);
// Datagrams lost in a row before we believe that they are not understood.
constexpr int kDeaf = 3;

}  // namespace

MeshLink::MeshLink(UdpEndpoint& endpoint, const LinkSetup& setup)
    : endpoint_(endpoint),
      loop_(endpoint.loop()),
      events_(setup.events),
      session_(endpoint.options(), setup.handler, *this, loop_.Now()),
      probes_(setup.reporter, *this),
      connection_(setup.connection, session_, probes_, *this, loop_.Now()) {
  session_.Attach(connection_);
}

MeshLink::~MeshLink() {
  loop_.Cancel(timer_);
  loop_.Cancel(drain_timer_);
  for (const ConnectionId& id : ids_) endpoint_.ids().Remove(id, this);
}

std::unique_ptr<http::Stream> MeshLink::Open(const http::RequestHead& head,
                                             bool end,
                                             http::StreamEvents* events) {
  return session_.Open(head, end, events);
}

bool MeshLink::CanAskLoad() {
  return ready() && !over() && connection_.DatagramRoom() > 0 &&
         probes_.Lost(loop_.Now()) < kDeaf;
}

bool MeshLink::TellLoad() {
  if (!ready() || over() || connection_.DatagramRoom() == 0) return false;
  probes_.Tell();
  return true;
}

void MeshLink::Drain() {
  if (closing_when_idle_ || over()) return;
  closing_when_idle_ = true;
  session_.AnnounceDrain();
  Duration notice = std::max(2 * connection_.Rtt().smoothed, kLeastDrainNotice);
  drain_timer_ = loop_.RunAt(loop_.Now() + notice, [this] {
    drain_timer_ = 0;
    session_.FinishDrain();
    endpoint_.MarkDirty(*this);
  });
  endpoint_.MarkDirty(*this);
}

void MeshLink::Close(uint64_t code, const std::string& reason) {
  connection_.Close(code, reason);
  endpoint_.MarkDirty(*this);
}

void MeshLink::Abandon(const std::string& reason) {
  connection_.Abandon(reason);
  endpoint_.MarkDirty(*this);
}

void MeshLink::SendToken(std::span<const uint8_t> token) {
  connection_.SubmitToken(token);
  endpoint_.MarkDirty(*this);
}

void MeshLink::Move(const Address& local) {
  connection_.Move(local, loop_.Now());
  endpoint_.MarkDirty(*this);
}

void MeshLink::Leave() {
  events_ = nullptr;
  session_.StopServing();
  probes_.StopAnswering();
  Close(kH3NoError, "shutting down");
}

void MeshLink::Feed(std::span<const uint8_t> datagram, const net::Path& path,
                    net::Ecn ecn) {
  connection_.Feed(datagram, path, ecn, loop_.Now());
  if (!owes_ack_since_) owes_ack_since_ = loop_.Now();
  endpoint_.MarkDirty(*this);
  if (moves_ == connection_.moves()) return;
  moves_ = connection_.moves();
  if (events_ != nullptr) events_->OnLinkMoved(*this);
}

bool MeshLink::Flush() {
  session_.BeforeWrite();
  if (closing_when_idle_ && drain_timer_ == 0 && session_.open_streams() == 0) {
    connection_.Close(kH3NoError, "drained");
  }
  for (int i = 0; i < kBatchesPerFlush; ++i) {
    Outgoing out = connection_.Pull(endpoint_.buffer(), loop_.Now());
    if (out.size == 0) break;
    owes_ack_since_.reset();
    if (!endpoint_.Send(out)) return false;
  }
  endpoint_.CountBlackHoles(connection_.black_holes() - black_holes_);
  black_holes_ = connection_.black_holes();
  if (over()) return true;
  ArmTimer();
  if (events_ != nullptr) events_->OnLinkFlushed(*this);
  return true;
}

void MeshLink::Finish() {
  session_.Lose();
  if (events_ != nullptr) events_->OnLinkOver(*this);
}

// When something is to be done though nothing comes. Where we have nothing on
// its way that can only be an acknowledgement.
Time MeshLink::Deadline() const {
  const Time deadline = connection_.NextDeadline();
  const bool sends = connection_.pacing() || connection_.silent_since();
  if (!ready() || !owes_ack_since_ || sends) return deadline;
  const Duration patience = endpoint_.options().quic.max_ack_delay / kAckShare;
  return std::max(deadline, *owes_ack_since_ + patience);
}

// The deadline moves with nearly every packet, mostly away. A timer that
// rings too early is cheaper than one that is always moved.
void MeshLink::ArmTimer() {
  Time deadline = Deadline();
  if (deadline == kNever) return;
  if (!connection_.pacing()) {
    deadline = std::max(deadline, loop_.Now() + kGranularity);
  }
  if (timer_ != 0 && timer_at_ <= deadline) return;
  loop_.Cancel(timer_);
  timer_at_ = deadline;
  timer_ = loop_.RunAt(deadline, [this] { OnTimer(); });
}

void MeshLink::OnTimer() {
  timer_ = 0;
  if (Deadline() > loop_.Now()) return ArmTimer();
  connection_.OnDeadline(loop_.Now());
  endpoint_.MarkDirty(*this);
}

void MeshLink::OnSessionReady() {
  if (events_ != nullptr) events_->OnLinkReady(*this);
}

void MeshLink::OnSessionActivity() { endpoint_.MarkDirty(*this); }

void MeshLink::OnSessionCapacity() {
  if (events_ != nullptr) events_->OnLinkCapacity(*this);
}

void MeshLink::OnIdAdded(const ConnectionId& id) {
  if (endpoint_.ids().Add(id, this)) ids_.push_back(id);
}

void MeshLink::OnIdRemoved(const ConnectionId& id) {
  endpoint_.ids().Remove(id, this);
  ids_.erase(std::remove(ids_.begin(), ids_.end(), id), ids_.end());
}

void MeshLink::OnProbeActivity() { endpoint_.MarkDirty(*this); }

void MeshLink::OnReport(std::string_view packed) {
  if (events_ != nullptr) events_->OnLinkReport(*this, packed);
}

void MeshLink::OnNewToken(std::span<const uint8_t> token) {
  if (events_ != nullptr) events_->OnLinkToken(*this, token);
}

}  // namespace herald::transport
