// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/routing_study/link.h"

#include <algorithm>
#include <array>

namespace herald::study {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using State = routing::Link;

// As sidecar/transport has them (options.h, peer_connection.h).
constexpr Duration kMaxAckDelay = milliseconds(5);
constexpr Duration kRecent = seconds(10);
constexpr Duration kProbeUsed = seconds(1);
constexpr Duration kProbeUnused = seconds(5);
constexpr Duration kProbeLeast = milliseconds(100);
constexpr Duration kRttEvery = milliseconds(100);
constexpr Duration kLeastBackOff = milliseconds(200);
constexpr Duration kLongestBackOff = seconds(10);
constexpr Duration kHandshakeTimeout = seconds(3);
// When a handshake's first packet is sent again: PTO 300 ms, doubling.
constexpr std::array<Duration, 4> kHandshakePackets = {
    milliseconds(0), milliseconds(300), milliseconds(900), milliseconds(2100)};
// Round trips of handshake, greeting and first probe.
constexpr int kFirstSamples = 4;

Duration Times(Duration d, double factor) {
  return Duration(
      static_cast<int64_t>(static_cast<double>(d.count()) * factor));
}

}  // namespace

Link::Link(size_t number, Clock& clock, Random& random, LinkWorld& world)
    : number_(number), clock_(clock), random_(random), world_(world) {}

Duration Link::ProbeTimeout() const {
  return transport::ProbeTimeout(smoothed_, variation_, kMaxAckDelay);
}

void Link::SetState(State state) {
  if (state == state_) return;
  state_ = state;
  world_.OnLinkState(number_, state);
}

void Link::Sample(Duration round_trip) {  // RFC 9002 5.3
  if (smoothed_ == Duration(0)) {
    smoothed_ = round_trip;
    variation_ = round_trip / 2;
    return;
  }
  const Duration off = std::chrono::abs(smoothed_ - round_trip);
  variation_ = (3 * variation_ + off) / 4;
  smoothed_ = (7 * smoothed_ + round_trip) / 8;
}

void Link::OnAck(Duration round_trip) {
  Sample(round_trip);
  const Time now = clock_.now();
  if (told_rtt_at_ && now - *told_rtt_at_ < kRttEvery) return;
  told_rtt_at_ = now;
  world_.OnLinkRtt(number_, smoothed_, variation_);
}

// --- Silence.

void Link::OnSilence(Time since) {
  if (stopped_ || state_ == State::kIdle || silent_since_) return;
  silent_since_ = since;
  Examine();
}

void Link::Examine() {
  if (!silent_since_) return;
  const transport::Measure measure = {ProbeTimeout()};
  const transport::Health health =
      transport::Judge(clock_.now() - *silent_since_, measure);
  if (health == transport::Health::kDead) return Die();
  if (health == transport::Health::kSuspect) SetState(State::kSuspect);
  if (health == transport::Health::kDown) SetState(State::kDown);
  clock_.At(*silent_since_ + *transport::NextThreshold(health, measure),
            [this, epoch = epoch_] {
              if (epoch == epoch_) Examine();
            });
}

void Link::OnClosed() {
  if (!stopped_ && state_ != State::kIdle) Die();
}

void Link::Die() {
  ++epoch_;
  silent_since_.reset();
  SetState(State::kDown);
  world_.OnLinkDead(number_);
  failures_ = 1;
  clock_.After(kLeastBackOff, [this] { Handshake(0); });
}

// --- Connecting.

void Link::Open() {
  const std::optional<Duration> round_trip = world_.RoundTrip(number_);
  if (round_trip) return Up(*round_trip);
  Handshake(0);
}

void Link::Connect() {
  SetState(State::kConnecting);
  Handshake(0);
}

void Link::Stop() {
  stopped_ = true;
  ++epoch_;
}

void Link::Handshake(int packet) {
  if (stopped_) return;
  if (const auto round_trip = world_.RoundTrip(number_)) {
    clock_.After(*round_trip, [this, round_trip] { Up(*round_trip); });
    return;
  }
  const auto index = static_cast<size_t>(packet);
  if (index + 1 < kHandshakePackets.size()) {
    clock_.After(kHandshakePackets[index + 1] - kHandshakePackets[index],
                 [this, packet] { Handshake(packet + 1); });
    return;
  }
  ++failures_;
  SetState(State::kDown);
  const Duration longest =
      std::min(kLongestBackOff, kLeastBackOff * (1 << std::min(failures_, 16)));
  const Duration rest = kHandshakeTimeout - kHandshakePackets.back();
  clock_.After(rest + Times(longest, 0.5 + random_.Unit() / 2),
               [this] { Handshake(0); });
}

void Link::Up(Duration round_trip) {
  if (stopped_) return;
  ++epoch_;
  failures_ = 0;
  smoothed_ = Duration(0);
  for (int i = 0; i < kFirstSamples; ++i) {
    Sample(world_.RoundTrip(number_).value_or(round_trip));
  }
  SetState(State::kUp);
  told_rtt_at_ = clock_.now();
  world_.OnLinkRtt(number_, smoothed_, variation_);
  Probe();
  ScheduleProbe();
}

void Link::Probe() {
  probed_at_ = clock_.now();
  world_.SendProbe(number_);
}

void Link::ProbeSoon() {
  const bool open = state_ == State::kUp || state_ == State::kSuspect;
  if (!open || clock_.now() - probed_at_ < kProbeLeast) return;
  Probe();
}

void Link::ScheduleProbe() {
  const bool used = last_used_ && clock_.now() - *last_used_ < kRecent;
  const Duration wait = used ? kProbeUsed : kProbeUnused;
  // A little early by chance, so that probes of many peers spread.
  clock_.After(Times(wait, 1 - random_.Unit() / 10), [this, epoch = epoch_] {
    if (epoch != epoch_) return;
    Probe();
    ScheduleProbe();
  });
}

}  // namespace herald::study
