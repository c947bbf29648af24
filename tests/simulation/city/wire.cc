// SPDX-License-Identifier: Apache-2.0
#include "tests/simulation/city/wire.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/base/check.h"
#include "core/http/stream_side.h"

namespace herald::simulation {
namespace {

size_t Index(End end) { return static_cast<size_t>(end); }

}  // namespace

// --- Road

Road::Road(EventLoop& loop, std::unique_ptr<RoadWorld> world)
    : loop_(loop), world_(std::move(world)) {}

void Road::Carry(End from, std::function<void()> arrive) {
  if (lost_ || !world_->Lives(from)) return;
  Lane& lane = lanes_[Index(from)];
  Time at = loop_.Now() + world_->OneWay();
  if (!lane.items.empty()) at = std::max(at, lane.items.back().at);
  lane.items.push_back({at, std::move(arrive)});
  if (lane.stalled) return;
  loop_.RunAt(at, [self = shared_from_this(), from] { self->Pump(from); });
}

void Road::Pump(End from) {
  Lane& lane = lanes_[Index(from)];
  while (!lost_ && !lane.items.empty() &&
         lane.items.front().at <= loop_.Now()) {
    lane.stalled = !world_->Passes(from);
    if (lane.stalled) return;
    std::function<void()> arrive = std::move(lane.items.front().arrive);
    lane.items.pop_front();
    arrive();
  }
}

void Road::Resume() {
  for (End from : {End::kCaller, End::kCallee}) {
    Lane& lane = lanes_[Index(from)];
    if (lost_ || !lane.stalled || !world_->Passes(from)) continue;
    lane.stalled = false;
    // What had been late is all there is; the rest keeps its time.
    for (const Item& item : lane.items) {
      loop_.RunAt(std::max(item.at, loop_.Now() + world_->OneWay()),
                  [self = shared_from_this(), from] { self->Pump(from); });
    }
  }
}

// --- Wire

class Wire final : public std::enable_shared_from_this<Wire> {
 public:
  explicit Wire(EventLoop& loop) : loop_(loop) {}

  void SetEvents(End end, http::StreamEvents* events) {
    side(end).events = events;
    Schedule(end);
  }
  void SetEnded(End who) {  // no body follows the head
    side(who).gave_end = true;
    side(Other(who)).got_end = true;
  }
  bool open(End end) const { return sides_[Index(end)].open; }

  void GiveHead(End from, const http::ResponseHead& head, bool end) {
    Give(from, {.head = head, .end = end});
  }
  void GiveData(End from, std::string_view data, bool end) {
    Give(from, {.body = std::string(data), .end = end});
  }
  void GiveTrailers(End from, const http::Headers& trailers) {
    Give(from, {.trailers = trailers, .end = true});
  }
  void Consume(End end, size_t n) {
    side(end).Consume(n);
    Schedule(end);
  }

  void Leave(End who) {
    http::StreamSide& mine = side(who);
    if (mine.open && !mine.whole()) return Reset(who, http::Reset::kCancelled);
    mine.open = false;
  }
  void Reset(End who, http::Reset reason) {
    if (!std::exchange(side(who).open, false)) return;
    Carry(who, [self = shared_from_this(), who, reason] {
      self->Tell(Other(who), reason);
    });
  }
  // This end learns that it is over; it has not asked for it.
  void Tell(End end, http::Reset reason) {
    http::StreamSide& mine = side(end);
    if (!mine.open || mine.whole()) return;
    mine.open = false;
    mine.inbox.clear();
    if (mine.events != nullptr) mine.events->OnReset(reason);
  }

  void Begin(const std::shared_ptr<Road>& road) {
    road_ = road;
    road->Join(weak_from_this());
  }
  void Carry(End from, std::function<void()> arrive) {
    if (road_) return road_->Carry(from, std::move(arrive));
    unsent_.push_back(std::move(arrive));
  }
  void SendUnsent() {
    for (auto& arrive : unsent_) road_->Carry(End::kCaller, std::move(arrive));
    unsent_.clear();
  }

 private:
  http::StreamSide& side(End end) { return sides_[Index(end)]; }

  void Give(End from, http::StreamItem item) {
    if (!side(from).open) return;
    HERALD_CHECK(!side(from).gave_end, "nothing follows the end");
    side(from).gave_end = item.end;
    const End to = Other(from);
    Carry(from, [self = shared_from_this(), to, item = std::move(item)] {
      if (!self->side(to).open) return;
      self->side(to).inbox.push_back(item);
      self->Pump(to);
    });
  }
  void Schedule(End to) {
    loop_.Post([self = shared_from_this(), to] { self->Pump(to); });
  }
  void Pump(End to) {
    while (auto item = side(to).Next()) Hand(to, *std::move(item));
  }
  // The credit leaves first: what is told may answer at once.
  void Hand(End to, http::StreamItem item) {
    const size_t bytes = item.body.size();
    if (bytes > 0) {
      Carry(to, [self = shared_from_this(), to, bytes] {
        http::StreamSide& other = self->side(Other(to));
        if (other.open) other.events->OnSent(bytes);
      });
    }
    side(to).Tell(std::move(item));
  }

  EventLoop& loop_;
  std::shared_ptr<Road> road_;
  std::array<http::StreamSide, 2> sides_;
  std::vector<std::function<void()>> unsent_;
};

namespace {

class WireEnd final : public http::Stream {
 public:
  WireEnd(std::shared_ptr<Wire> wire, End end)
      : wire_(std::move(wire)), end_(end) {}
  ~WireEnd() override { wire_->Leave(end_); }

  void SendResponse(const http::ResponseHead& head, bool end) override {
    wire_->GiveHead(end_, head, end);
  }
  void SendData(std::string_view data, bool end) override {
    wire_->GiveData(end_, data, end);
  }
  void SendTrailers(const http::Headers& trailers) override {
    wire_->GiveTrailers(end_, trailers);
  }
  void Cancel(http::Reset reason) override { wire_->Reset(end_, reason); }
  void Consume(size_t n) override { wire_->Consume(end_, n); }
  void SetEvents(http::StreamEvents* events) override {
    wire_->SetEvents(end_, events);
  }

 private:
  std::shared_ptr<Wire> wire_;
  const End end_;
};

}  // namespace

void Road::Join(std::weak_ptr<Wire> wire) {
  std::erase_if(wires_, [](const auto& each) { return each.expired(); });
  wires_.push_back(std::move(wire));
}

size_t Road::open_wires() const {
  size_t open = 0;
  for (const auto& each : wires_) {
    const auto wire = each.lock();
    open += wire && (wire->open(End::kCaller) || wire->open(End::kCallee));
  }
  return open;
}

void Road::Lose(End end) {
  // Whoever is told may open and close others meanwhile.
  const std::vector<std::weak_ptr<Wire>> wires = wires_;
  lost_ = true;
  lanes_ = {};
  for (const auto& each : wires) {
    if (const auto wire = each.lock()) wire->Tell(end, http::Reset::kLost);
  }
}

// --- WaitingWire

WaitingWire::WaitingWire(EventLoop& loop, http::StreamEvents* events, bool end,
                         Accept accept)
    : wire_(std::make_shared<Wire>(loop)),
      stream_(std::make_unique<WireEnd>(wire_, End::kCaller)),
      accept_(std::move(accept)),
      end_(end) {
  wire_->SetEvents(End::kCaller, events);
  if (end) wire_->SetEnded(End::kCaller);
}

bool WaitingWire::abandoned() const { return !wire_->open(End::kCaller); }

void WaitingWire::Begin(const std::shared_ptr<Road>& road) {
  wire_->Begin(road);
  wire_->Carry(End::kCaller, [wire = wire_, accept = accept_, end = end_] {
    accept(std::make_unique<WireEnd>(wire, End::kCallee), end);
  });
  wire_->SendUnsent();
}

void WaitingWire::Fail(http::Reset reason) {
  wire_->Tell(End::kCaller, reason);
}

}  // namespace herald::simulation
