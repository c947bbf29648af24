// SPDX-License-Identifier: Apache-2.0
#include "sidecar/routing/peer_state.h"

#include <algorithm>

#include "core/base/check.h"
#include "sidecar/routing/hash.h"

namespace herald::routing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Better than most agents answer, so that an unknown peer is tried where the
// known ones are slow.
constexpr Duration kServicePrior = milliseconds(50);
constexpr Duration kReportFresh = seconds(3);     // three probes
constexpr Duration kFirstByteFresh = seconds(5);  // as the callee's samples
// Three calls in a row above a median are one case in eight; three above
// thrice of it one in hundreds, where times are spread as they usually are.
constexpr int kClearly = 3;

// Envoy's slow start, with a window as long as the fading of failures.
constexpr double kColdShare = 0.1;
constexpr Duration kWarmUp = seconds(10);

// Where a peer's agent fails as often as not, that its sidecar is heard of is
// no reason to send it calls.
constexpr double kFailing = 0.5;

// A queue is not longer than this many times the calls it was measured with.
constexpr double kMostStretch = 4;

Duration Scale(Duration d, double factor) {
  return Duration(
      static_cast<int64_t>(static_cast<double>(d.count()) * factor));
}

// `value`, known since `at`, seen from `now`.
Duration TowardsPrior(Duration value, Time at, Time now) {
  const Duration over = now - at - kReportFresh;
  if (over <= Duration(0)) return value;
  const double weight = FailureMemory::Left(over);
  return Scale(value, weight) + Scale(kServicePrior, 1 - weight);
}

}  // namespace

PeerState::PeerState(std::string name, uint64_t caller)
    : name_(std::move(name)), salt_(HashOf(name_)), caller_(caller) {
  ways_.push_back(std::make_unique<WayState>(""));
}

WayState& PeerState::Way(std::string_view name) {
  for (const auto& way : ways_) {
    if (way->name() == name) return *way;
  }
  // Until it is named, the first way is the only one.
  if (ways_.size() == 1 && ways_[0]->name().empty()) {
    ways_[0]->name_ = name;
    return *ways_[0];
  }
  if (name.empty()) return *ways_[0];
  ways_.push_back(std::make_unique<WayState>(std::string(name)));
  return *ways_.back();
}

const WayState& PeerState::way() const {
  // From the best to the worst.
  constexpr Link kOrder[] = {Link::kUp, Link::kSuspect, Link::kConnecting,
                             Link::kIdle};
  if (ways_.size() == 1) return *ways_[0];
  for (Link link : kOrder) {
    for (const auto& way : ways_) {
      if (way->link() == link) return *way;
    }
  }
  return *ways_[0];
}

bool PeerState::AnyOpen() const {
  return std::any_of(ways_.begin(), ways_.end(),
                     [](const auto& way) { return way->open(); });
}

void PeerState::SetLink(Link link, Time now, std::string_view way) {
  const bool was_open = AnyOpen();
  Way(way).SetLink(link, now);
  const bool is_open = AnyOpen();
  if (this->link() == Link::kDown) dead_ = true;
  if (was_open && !is_open) OnLost();
  if (!was_open && is_open) OnOpened(now);
}

void PeerState::OnLost() {
  report_ = {};
  told_.Clear();
  reported_at_.reset();
  sent_since_report_ = in_flight_;
  ours_in_report_ = 0;
  first_byte_count_ = 0;
}

// The handshake is the proof that it lives; no call has to be.
void PeerState::OnOpened(Time now) {
  if (!was_open_ || dead_) warm_at_ = now;
  if (dead_) {
    failures_.Clear();
    breaker_.OnNewLink();
  }
  was_open_ = true;
  dead_ = false;
}

double PeerState::Warmth(Time now) const {
  if (!warm_at_) return kColdShare;
  const Duration since = now - *warm_at_;
  if (since >= kWarmUp) return 1;
  return std::max(kColdShare, static_cast<double>(since.count()) /
                                  static_cast<double>(kWarmUp.count()));
}

void PeerState::OnReport(const LoadReport& report, Time now) {
  report_ = report;
  reported_at_ = now;
  sent_since_report_ = 0;
  ours_in_report_ = std::min(in_flight_, report.in_flight);
  told_.Set(report.failing, now);
  if (report.failing < kFailing) breaker_.OnReport(now);
}

void PeerState::OnSent(Time now) {
  breaker_.OnSent(now);
  ++in_flight_;
  ++sent_since_report_;
}

void PeerState::OnFirstByte(Duration ttfb, Time now, const WayState* over) {
  const WayState& path = over != nullptr ? *over : way();
  const Duration service = ttfb - path.measured_rtt().value_or(Duration(0));
  first_bytes_[first_byte_count_++ % kFirstBytes] = {
      now, std::max(service, Duration(0))};
}

void PeerState::OnDone(Fate fate, Time now) {
  HERALD_CHECK(in_flight_ > 0, "every OnDone follows its own OnSent");
  --in_flight_;
  // Older calls are taken to end first.
  if (ours_in_report_ > 0) {
    --ours_in_report_;
    --report_.in_flight;
  } else if (sent_since_report_ > 0) {
    --sent_since_report_;
  }
  if (fate == Fate::kServed && breaker_.OnSuccess()) {
    failures_.Clear();  // it has paid for it by being left alone
    warm_at_ = now;
  }
  if (fate != Fate::kFailed) return;
  breaker_.OnFailure(now, salt_ ^ caller_);
  failures_.OnFailure(now);
}

uint32_t PeerState::PredictedInFlight() const {
  return report_.in_flight + sent_since_report_;
}

std::optional<PeerState::FirstByte> PeerState::Seen(Time now) const {
  const size_t kept = std::min<uint64_t>(first_byte_count_, kFirstBytes);
  std::optional<FirstByte> out;
  for (size_t i = 0; i < kept; ++i) {
    const FirstByte& seen = first_bytes_[i];
    if (now - seen.at > kFirstByteFresh) continue;
    if (!out) {
      out = seen;
    } else {
      out->service = std::min(out->service, seen.service);
      out->at = std::max(out->at, seen.at);
    }
  }
  return out;
}

bool PeerState::ServiceKnown(Time now) const {
  return report_.ttfb.has_value() || Seen(now).has_value();
}

Duration PeerState::Service(Time now) const {
  if (!report_.ttfb) {
    const std::optional<FirstByte> seen = Seen(now);
    return seen ? TowardsPrior(seen->service, seen->at, now) : kServicePrior;
  }
  Duration service = *report_.ttfb;
  const uint32_t predicted = PredictedInFlight();
  if (predicted > report_.limit) {
    const double stretch = (predicted + 1.0) / (report_.in_flight + 1.0);
    service = Scale(service, std::min(kMostStretch, stretch));
  }
  service = TowardsPrior(service, *reported_at_, now);
  if (first_byte_count_ < kFirstBytes) return service;
  Duration least = Duration::max();
  Time newest = first_bytes_[0].at;
  for (const FirstByte& seen : first_bytes_) {
    if (now - seen.at > kFirstByteFresh) return service;
    least = std::min(least, seen.service);
    newest = std::max(newest, seen.at);
  }
  if (least <= kClearly * service) return service;
  return std::max(service, TowardsPrior(least, newest, now));
}

double PeerState::Failure(Time now) const {
  return std::max(failures_.At(now), told_.At(now));
}

}  // namespace herald::routing
