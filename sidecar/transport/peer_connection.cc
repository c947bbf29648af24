// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/peer_connection.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sidecar/call/context.h"
#include "sidecar/transport/h3_codes.h"

namespace herald::transport {
namespace {

using routing::Link;

constexpr char kConnects[] = "herald_peer_connects_total";
constexpr char kConnectsHelp[] = "connections to peers, by result";

}  // namespace

PeerConnection::PeerConnection(const PoolParts& parts,
                               const PoolOptions& options,
                               discovery::EndpointPtr peer)
    : parts_(parts),
      loop_(parts.loop),
      options_(options),
      peer_(std::move(peer)),
      connects_ok_(
          parts.metrics.counter(kConnects, kConnectsHelp, "result=\"ok\"")),
      connects_failed_(
          parts.metrics.counter(kConnects, kConnectsHelp, "result=\"failed\"")),
      deaths_(parts.metrics.counter("herald_peer_deaths_total",
                                    "connections given up for silence")),
      downs_(parts.metrics.counter(
          "herald_peer_downs_total",
          "times a peer was down for silence, whether or not it came back")),
      fallen_back_(
          parts.metrics.counter("herald_peer_tcp_connects_total",
                                "connections over TCP, for want of UDP")) {}

PeerConnection::~PeerConnection() {
  for (TimerId timer : {ready_timer_, detector_timer_, probe_timer_,
                        reconnect_timer_, fall_back_timer_, watch_timer_}) {
    loop_.Cancel(timer);
  }
  retired_ = true;
  load_probe_.reset();
  greeting_.reset();
  if (link_ != nullptr) link_->Leave();
  for (MeshLink* link : leaving_) link->Leave();
  // Their ends tell their exchanges; who comes back waits, and is told below.
  std::exchange(fall_back_, nullptr).reset();
  leaving_fall_backs_.clear();
  while (!waiting_.empty()) waiting_.front()->Fail();
}

// --- Requests.

std::unique_ptr<http::Stream> PeerConnection::Open(
    const http::RequestHead& head, bool end, http::StreamEvents* events) {
  last_used_ = loop_.Now();
  Carrier* now = Now();
  if (now != nullptr && waiting_.empty() && now->CanOpen()) {
    return now->Open(head, end, events);
  }
  bool full = waiting_.size() >= options_.max_waiting || retired_;
  auto stream =
      std::make_unique<WaitingStream>(loop_, waiting_, head, end, events);
  // Never before this call has returned, hence a timer even for no patience.
  stream->FailAfter(full ? Duration{0} : options_.patience);
  if (link_ == nullptr && now == nullptr && !full) Connect();
  return stream;
}

Carrier* PeerConnection::Now() {
  if (OnQuic()) return link_;
  return fall_back_ready_ ? fall_back_.get() : nullptr;
}

void PeerConnection::PumpWaiting() {
  Carrier* now = Now();
  while (!waiting_.empty() && now != nullptr && now->CanOpen()) {
    waiting_.front()->Begin(*now);
  }
}

// Those that wait now; users told here may come back at once.
void PeerConnection::FailWaiting() {
  for (size_t n = waiting_.size(); n > 0 && !waiting_.empty(); --n) {
    waiting_.front()->Fail();
  }
}

// --- Connecting.

void PeerConnection::Warm() {
  if (retired_) return;
  warm_ = true;
  if (link_ == nullptr && Now() == nullptr && reconnect_timer_ == 0) Connect();
}

void PeerConnection::Connect() {
  loop_.Cancel(std::exchange(reconnect_timer_, 0));
  // An empty name would accept everybody.
  if (peer_->identity.empty()) {
    return CannotConnect("discovery names no identity for this peer");
  }
  UdpEndpoint* leaving = Leaving();
  if (leaving == nullptr) {
    CannotConnect("this machine cannot leave as the way's 'bind' says");
    ++failures_;
    return ScheduleReconnect();
  }
  // After a failure the peer stays down until a handshake succeeds.
  if (failures_ == 0 && !OnFallBack()) SetState(Link::kConnecting);
  ExpectQuic();
  made_ = judged_ = parts_.tls.generation();
  link_ = &leaving->Connect(
      peer_->address, parts_.tls.NewSession(peer_->identity), token_, *this);
  ExpectReady();
}

// Our half of the handshake may be done while the peer has given up its own:
// then QUIC is content to wait until the connection idles out.
void PeerConnection::ExpectReady() {
  loop_.Cancel(ready_timer_);
  ready_timer_ = loop_.RunAt(loop_.Now() + options_.ready_within, [this] {
    ready_timer_ = 0;
    if (link_ != nullptr && !link_->ready()) {
      link_->Abandon("no HTTP/3 settings in time");
    }
  });
}

UdpEndpoint* PeerConnection::Leaving() const {
  if (peer_->binding == discovery::Binding{} || !parts_.bound) {
    return &parts_.endpoint;
  }
  return parts_.bound(peer_->binding);
}

void PeerConnection::CannotConnect(std::string why) {
  last_failure_ = std::move(why);
  connects_failed_.Add();
  loop_.Post([this, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) FailWaiting();
  });
  SetState(Link::kDown);
}

bool PeerConnection::Wanted() const {
  return !retired_ && (warm_ || (last_used_ && loop_.Now() - *last_used_ <
                                                   options_.idle_close));
}

void PeerConnection::ScheduleReconnect() {
  if (!Wanted() || reconnect_timer_ != 0) return;
  Duration wait = options_.least_back_off * (1 << std::min(failures_, 16));
  wait = std::min(wait, options_.longest_back_off);
  // Half to whole, so that peers do not come back in step.
  wait = Duration(static_cast<int64_t>(static_cast<double>(wait.count()) *
                                       (0.5 + parts_.random.Unit() / 2)));
  reconnect_timer_ = loop_.RunAt(loop_.Now() + wait, [this] {
    reconnect_timer_ = 0;
    if (link_ == nullptr) Connect();
  });
}

// While TCP stands in.
void PeerConnection::TryQuicAgain() {
  if (!Wanted() || reconnect_timer_ != 0) return;
  reconnect_timer_ = loop_.RunAt(loop_.Now() + options_.quic_again, [this] {
    reconnect_timer_ = 0;
    if (link_ == nullptr && Wanted()) Connect();
  });
}

void PeerConnection::OnLinkReady(MeshLink& link) {
  if (&link != link_) return;
  loop_.Cancel(std::exchange(ready_timer_, 0));
  LetFallBackGo();
  connects_ok_.Add();
  failures_ = 0;
  last_failure_.clear();
  health_ = Health::kAlive;
  rtt_reported_at_ = {};
  SetState(Link::kUp);
  parts_.log.Info("peer_up", {{"peer", peer_->name},
                              {"address", peer_->address.ToString()},
                              {"identity", peer_->identity}});
  StartProbe(ProbeKind::kGreeting);
  AskLoad();
  loop_.Cancel(std::exchange(probe_timer_, 0));
  ScheduleProbe();
  PumpWaiting();
}

void PeerConnection::OnLinkCapacity(MeshLink& link) {
  if (&link != link_) return;
  if (!link.draining()) return PumpWaiting();
  // The peer drains: what is open there ends there, the rest goes elsewhere.
  LetGo();
  SetState(Link::kIdle);
  if (!waiting_.empty()) {
    Connect();
  } else {
    failures_ = std::max(failures_, 1);
    ScheduleReconnect();
  }
}

// The link finishes its streams and closes.
void PeerConnection::LetGo() {
  MeshLink* link = std::exchange(link_, nullptr);
  if (link == nullptr) return;
  loop_.Cancel(std::exchange(detector_timer_, 0));
  loop_.Cancel(std::exchange(probe_timer_, 0));
  leaving_.push_back(link);
  link->Drain();
}

void PeerConnection::Review(WallTime now, bool its_turn) {
  if (fall_back_) fall_back_->Review(now);
  const uint64_t present = parts_.tls.generation();
  if (std::exchange(judged_, present) != present) {
    std::vector<MeshLink*> open = leaving_;
    if (link_ != nullptr) open.push_back(link_);
    for (MeshLink* link : open) {
      if (!link->ready() || link->connection().TrustedBy(parts_.tls)) continue;
      link->Close(kH3NoError, "the peer is trusted no more");
    }
  }
  if (link_ == nullptr || !link_->ready() || link_->draining()) return;
  if (link_->connection().state() != Connection::State::kOpen) return;
  const bool ended = link_->connection().peer_until() <= now;
  if (!ended && (made_ == present || !its_turn)) return;
  LetGo();
  if (Wanted()) {
    Connect();
  } else {
    SetState(Link::kIdle);
  }
}

void PeerConnection::Retire() {
  retired_ = true;
  loop_.Cancel(std::exchange(reconnect_timer_, 0));
  LetGo();
  LetFallBackGo();
  SetState(Link::kIdle);
  loop_.Post([this, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) FailWaiting();
  });
}

void PeerConnection::OnLinkToken(MeshLink&, std::span<const uint8_t> token) {
  token_.assign(token.begin(), token.end());
}

void PeerConnection::OnLinkOver(MeshLink& link) {
  leaving_.erase(std::remove(leaving_.begin(), leaving_.end(), &link),
                 leaving_.end());
  if (&link != link_) return;
  bool was_ready = link.ready();
  link_ = nullptr;
  last_failure_ = link.connection().why();
  loop_.Cancel(std::exchange(detector_timer_, 0));
  if (!was_ready) connects_failed_.Add();
  if (OnFallBack()) {
    token_.clear();
    return TryQuicAgain();
  }
  loop_.Cancel(std::exchange(probe_timer_, 0));
  parts_.log.Warning(was_ready ? "peer_lost" : "peer_unreachable",
                     {{"peer", peer_->name},
                      {"address", peer_->address.ToString()},
                      {"why", last_failure_}});
  ++failures_;
  // What nobody tries to reach is not known to be down.
  SetState(Wanted() ? Link::kDown : Link::kIdle);
  // A token is good for one address of ours; it may be what was refused.
  token_.clear();
  FailWaiting();
  ScheduleReconnect();
}

// --- Watching.

void PeerConnection::SetState(Link state) {
  state_ = state;
  if (announcing_ || announced_ == state_) return;
  // Told from the loop, never from inside a call to the pool.
  announcing_ = true;
  loop_.Post([this, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) Announce();
  });
}

void PeerConnection::Announce() {
  announcing_ = false;
  if (announced_ == state_) return;
  announced_ = state_;
  parts_.events.OnLink(*peer_, state_);
}

void PeerConnection::OnLinkFlushed(MeshLink& link) {
  if (&link != link_ || !link.ready()) return;
  ReportRtt();
  Examine();
  PumpWaiting();
}

void PeerConnection::ReportRtt() {
  if (loop_.Now() - rtt_reported_at_ < options_.rtt_every) return;
  RttSample now = link_->connection().Rtt();
  if (rtt_ && rtt_->smoothed == now.smoothed &&
      rtt_->variation == now.variation && rtt_reported_at_ != Time{}) {
    return;
  }
  rtt_ = now;
  rtt_reported_at_ = loop_.Now();
  parts_.events.OnRtt(*peer_, now.smoothed, now.variation);
}

void PeerConnection::TellDown(Duration silent, const Measure& measure) {
  downs_.Add();
  auto millis = [](Duration d) {
    return std::to_string(static_cast<int64_t>(std::lround(ToMillis(d))));
  };
  parts_.log.Info("peer_down",
                  {{"peer", peer_->name},
                   {"silent_ms", millis(silent)},
                   {"probe_timeout_ms", millis(measure.probe_timeout)},
                   {"patience_ms", millis(measure.patience)}});
}

// Judges the peer's silence, and comes back when the next judgement is due.
void PeerConnection::Examine() {
  std::optional<Time> since = link_->connection().silent_since();
  if (!since && health_ == Health::kAlive) return;
  const Time now = loop_.Now();
  const RttSample rtt = link_->connection().Rtt();
  const Measure measure = {
      ProbeTimeout(rtt.smoothed, rtt.variation,
                   parts_.endpoint.options().quic.max_ack_delay),
      pauses_.patience(now)};
  std::optional<Duration> silent;
  if (since) silent = now - *since;
  const Health before = std::exchange(health_, Judge(silent, measure));
  if (before == Health::kDown && health_ == Health::kAlive) {
    pauses_.OnReturn(now - silent_from_, now);
  }
  if (since && health_ != Health::kAlive) silent_from_ = *since;
  if (before < Health::kDown && health_ >= Health::kDown) {
    TellDown(*silent, measure);
  }
  switch (health_) {
    case Health::kAlive:
      SetState(Link::kUp);
      break;
    case Health::kSuspect:
      SetState(Link::kSuspect);
      break;
    case Health::kDown:
      SetState(Link::kDown);
      break;
    case Health::kDead:
      deaths_.Add();
      SetState(Link::kDown);
      return link_->Abandon(
          "silent for " +
          std::to_string(static_cast<int64_t>(ToMillis(*silent))) + " ms");
  }
  if (!since) return;
  Time due = *since + *NextThreshold(health_, measure);
  if (detector_timer_ != 0 && detector_at_ <= due) return;
  loop_.Cancel(detector_timer_);
  detector_at_ = due;
  detector_timer_ = loop_.RunAt(due, [this] {
    detector_timer_ = 0;
    if (link_ != nullptr) Examine();
  });
}

void PeerConnection::ScheduleProbe() {
  bool used = last_used_ && loop_.Now() - *last_used_ < options_.recent;
  Duration wait = used ? options_.probe_used : options_.probe_unused;
  // A little early by chance, so that probes of many peers spread.
  wait -= Duration(static_cast<int64_t>(static_cast<double>(wait.count()) *
                                        parts_.random.Unit() / 10));
  probe_timer_ = loop_.RunAt(loop_.Now() + wait, [this] {
    probe_timer_ = 0;
    OnProbeTime();
  });
}

void PeerConnection::OnProbeTime() {
  Carrier* now = Now();
  if (now == nullptr) return;
  if (!Wanted() && now->open_streams() == 0) {
    loop_.Cancel(std::exchange(reconnect_timer_, 0));
    LetGo();
    LetFallBackGo();
    return SetState(Link::kIdle);
  }
  AskLoad();
  ScheduleProbe();
}

void PeerConnection::ProbeSoon() {
  if (Now() == nullptr) return;
  if (loop_.Now() - probed_at_ < options_.probe_least) return;
  AskLoad();
}

void PeerConnection::ProbeNow() {
  if (Now() != nullptr) AskLoad();
}

// By datagram, or where the peer takes none by a request.
void PeerConnection::AskLoad() {
  probed_at_ = loop_.Now();
  if (OnQuic() && link_->CanAskLoad()) return link_->AskLoad();
  StartProbe(ProbeKind::kLoad);
}

void PeerConnection::OnLinkReport(MeshLink&, std::string_view packed) {
  http::ResponseHead head;
  head.headers.Add(call::kContextHeader, packed);
  parts_.events.OnProbe(*peer_, head, {});
}

void PeerConnection::StartProbe(ProbeKind kind) {
  std::unique_ptr<Probe>& slot =
      kind == ProbeKind::kLoad ? load_probe_ : greeting_;
  if (slot && !slot->over()) return;
  Carrier* now = Now();
  if (now == nullptr || !now->CanOpen()) return;
  bool watched = kind == ProbeKind::kLoad && OnFallBack();
  slot = std::make_unique<Probe>(
      *now, kind,
      [this, watched](const http::ResponseHead& head, const std::string& body) {
        if (watched) OnFallBackAnswer();
        parts_.events.OnProbe(*peer_, head, body);
      });
  if (kind == ProbeKind::kLoad) load_asked_at_ = loop_.Now();
  if (watched) WatchFallBack();
}

PeerDescription PeerConnection::Describe() const {
  PeerDescription d;
  d.name = peer_->name;
  d.identity = peer_->identity;
  d.address = peer_->address;
  d.link = state_;
  if (rtt_) {
    d.rtt = rtt_->smoothed;
    d.rtt_variation = rtt_->variation;
  }
  d.open_streams = link_ == nullptr ? 0 : link_->open_streams();
  if (fall_back_) d.open_streams += fall_back_->open_streams();
  d.over_tcp = OnFallBack();
  d.waiting = waiting_.size();
  d.last_failure = last_failure_;
  return d;
}

}  // namespace herald::transport
