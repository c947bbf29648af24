// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/city/city_mesh.h"

#include <algorithm>
#include <utility>

#include "sidecar/call/context.h"

namespace herald::simulation {
namespace {

using std::chrono::seconds;
using State = routing::Link;

// As sidecar/transport has them.
constexpr Duration kPatience = seconds(3);
// A callee whose caller is gone has nothing to send but answers; their
// retransmissions tell it (PTO), within about a second.
constexpr Duration kCalleeNotices = seconds(1);

}  // namespace

// The world as one way sees it: its two ends at the time of its handshake.
class CityMesh::RoadAcross final : public RoadWorld {
 public:
  RoadAcross(const CityMap& map, const Way& way)
      : map_(map),
        nodes_{way.from, way.to},
        lives_{way.from_life, way.to_life} {}

  bool Passes(End from) const override {
    const auto a = static_cast<size_t>(from);
    return Lives(Other(from)) && !map_.Cut(nodes_[a], nodes_[1 - a]);
  }
  bool Lives(End end) const override {
    const auto i = static_cast<size_t>(end);
    return map_.LifeOf(nodes_[i]) == lives_[i];
  }
  Duration OneWay() const override { return map_.OneWay(nodes_[0], nodes_[1]); }

 private:
  const CityMap& map_;
  const std::array<size_t, 2> nodes_;
  const std::array<uint64_t, 2> lives_;
};

CityMesh::CityMesh(EventLoop& loop, Random& random, CityMap& map)
    : loop_(loop), random_(random), map_(map) {}

CityMesh::Way& CityMesh::WayBetween(size_t from, size_t to) {
  const auto [at, is_new] = present_.try_emplace({from, to}, ways_.size());
  if (!is_new) return *ways_[at->second];
  auto way = std::make_unique<Way>();
  way->from = from;
  way->to = to;
  way->from_life = map_.LifeOf(from);
  way->link =
      std::make_unique<study::Link>(ways_.size(), *this, random_, *this);
  ways_.push_back(std::move(way));
  return *ways_.back();
}

std::unique_ptr<http::Stream> CityMesh::Open(size_t from, size_t to,
                                             const http::RequestHead& head,
                                             bool end,
                                             http::StreamEvents* events) {
  Way& way = WayBetween(from, to);
  way.link->OnUse();
  auto wire = std::make_unique<WaitingWire>(
      loop_, events, end,
      [this, from, to, head](std::unique_ptr<http::Stream> stream, bool ended) {
        call::Origin origin;
        origin.identity = map_.IdentityOf(from);
        map_.InboundOf(to).OnCall(origin, head, std::move(stream), ended);
      });
  std::unique_ptr<http::Stream> stream = wire->TakeStream();
  const bool open = way.road && !way.road->lost();
  if (open && way.waiting.empty()) {
    wire->Begin(way.road);
    return stream;
  }
  way.waiting.push_back(std::move(wire));
  if (way.waiting.size() == 1) {
    loop_.RunAt(loop_.Now() + kPatience, [this, &way] { FailWaiting(way); });
  }
  // The link never calls back before we have returned: it would tell the
  // caller's router in the middle of a call.
  if (way.link->state() == State::kIdle) {
    loop_.Post([&way] {
      if (way.link->state() == State::kIdle) way.link->Connect();
    });
  }
  return stream;
}

void CityMesh::ProbeSoon(size_t from, size_t to) {
  const auto found = present_.find({from, to});
  if (found != present_.end()) ways_[found->second]->link->ProbeSoon();
}

bool CityMesh::Passes(const Way& way, End from) const {
  return RoadAcross(map_, way).Passes(from);
}

void CityMesh::BeginWaiting(Way& way) {
  auto waiting = std::exchange(way.waiting, {});
  for (auto& wire : waiting) {
    if (!wire->abandoned()) wire->Begin(way.road);
  }
}

void CityMesh::FailWaiting(Way& way) {
  auto waiting = std::exchange(way.waiting, {});
  for (auto& wire : waiting) wire->Fail(http::Reset::kNotSent);
}

void CityMesh::LeaveLater(const Way& way) {
  if (!way.road) return;
  loop_.RunAt(loop_.Now() + kCalleeNotices,
              [road = way.road] { road->Lose(End::kCallee); });
}

void CityMesh::TellLoad(size_t node) {
  for (const auto& [ends, number] : present_) {
    Way& way = *ways_[number];
    if (ends.second == node && way.road && !way.road->lost()) {
      Report(way, std::nullopt);
    }
  }
}

void CityMesh::OnLeave(size_t node) {
  for (const auto& [ends, number] : present_) {
    Way& way = *ways_[number];
    if (ends.second == node && Passes(way, End::kCallee)) way.link->OnClosed();
  }
  OnDeath(node);
}

void CityMesh::OnDeath(size_t node) {
  for (auto it = present_.begin(); it != present_.end();) {
    Way& way = *ways_[it->second];
    if (way.from != node) {
      ++it;
      continue;
    }
    way.retired = true;
    way.link->Stop();
    way.waiting.clear();
    LeaveLater(way);
    it = present_.erase(it);
  }
}

void CityMesh::OnChange() {
  for (const auto& [ends, number] : present_) {
    if (ways_[number]->road) ways_[number]->road->Resume();
  }
}

size_t CityMesh::open_wires() const {
  size_t open = 0;
  for (const auto& way : ways_) open += way->road ? way->road->open_wires() : 0;
  return open;
}

// --- study::LinkWorld

void CityMesh::OnLinkState(size_t link, State state) {
  Way& way = *ways_[link];
  if (way.retired) return;
  if (state == State::kUp) {
    way.road =
        std::make_shared<Road>(loop_, std::make_unique<RoadAcross>(map_, way));
    BeginWaiting(way);
  }
  map_.EventsOf(way.from).OnLink(map_.EndpointOf(way.to), state);
  if (state == State::kDown) FailWaiting(way);
}

void CityMesh::OnLinkRtt(size_t link, Duration smoothed, Duration variation) {
  const Way& way = *ways_[link];
  if (way.retired) return;
  map_.EventsOf(way.from).OnRtt(map_.EndpointOf(way.to), smoothed, variation);
}

void CityMesh::OnLinkDead(size_t link) {
  Way& way = *ways_[link];
  if (way.retired) return;
  LeaveLater(way);
  if (way.road) way.road->Lose(End::kCaller);
}

void CityMesh::SendProbe(size_t link) {
  Way& way = *ways_[link];
  if (way.retired || !way.road) return;
  const Time sent = loop_.Now();
  loop_.RunAt(sent + map_.OneWay(way.from, way.to), [this, &way, sent] {
    if (way.retired) return;
    if (!Passes(way, End::kCaller)) return way.link->OnSilence(sent);
    Report(way, sent);
  });
}

void CityMesh::Report(Way& way, std::optional<Time> asked) {
  const std::string report = map_.InboundOf(way.to).PackedReply(true, true);
  const Time there = loop_.Now() + map_.OneWay(way.from, way.to);
  loop_.RunAt(there, [this, &way, report, asked] {
    if (way.retired) return;
    if (!Passes(way, End::kCallee)) {
      if (asked) way.link->OnSilence(*asked);
      return;
    }
    if (asked) way.link->OnAck(loop_.Now() - *asked);
    http::ResponseHead head;
    head.headers.Add(call::kContextHeader, report);
    map_.EventsOf(way.from).OnProbe(map_.EndpointOf(way.to), head, {});
  });
}

std::optional<Duration> CityMesh::RoundTrip(size_t link) {
  Way& way = *ways_[link];
  if (map_.LifeOf(way.to) == 0 || map_.Cut(way.from, way.to) ||
      map_.Cut(way.to, way.from)) {
    return std::nullopt;
  }
  // It is this process whom a handshake that succeeds will have met.
  way.to_life = map_.LifeOf(way.to);
  return 2 * map_.OneWay(way.from, way.to);
}

}  // namespace herald::simulation
