// SPDX-License-Identifier: Apache-2.0
//
// A stream between two sidecars without QUIC: reliable, in order, late, one
// window a direction; lost as a whole when its connection is. A Road is the
// connection, a Wire the stream on it. What is sent while the way is cut waits
// there, as retransmissions would, until it heals or somebody gives it up.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "core/base/event_loop.h"
#include "core/http/exchange.h"

namespace herald::simulation {

enum class End : uint8_t { kCaller, kCallee };
constexpr End Other(End end) {
  return end == End::kCaller ? End::kCallee : End::kCaller;
}

// What a road asks of the world it runs through.
class RoadWorld {
 public:
  virtual ~RoadWorld() = default;
  // Whether what was sent from that end would arrive now.
  virtual bool Passes(End from) const = 0;
  // Whether that end is still the process that opened the road.
  virtual bool Lives(End end) const = 0;
  virtual Duration OneWay() const = 0;
};

class Wire;

// One connection. Shared by what is under way on it. One thread.
class Road final : public std::enable_shared_from_this<Road> {
 public:
  Road(EventLoop& loop, std::unique_ptr<RoadWorld> world);

  // Runs `arrive` at the other end; never, if the road is lost before.
  void Carry(End from, std::function<void()> arrive);
  // The way may have healed.
  void Resume();
  // That end gives the connection up: its streams are told.
  void Lose(End end);

  bool lost() const { return lost_; }
  void Join(std::weak_ptr<Wire> wire);
  size_t open_wires() const;

 private:
  struct Item {
    Time at;
    std::function<void()> arrive;
  };
  struct Lane {
    std::deque<Item> items;
    bool stalled = false;
  };

  void Pump(End from);

  EventLoop& loop_;
  const std::unique_ptr<RoadWorld> world_;
  std::array<Lane, 2> lanes_;
  std::vector<std::weak_ptr<Wire>> wires_;
  bool lost_ = false;
};

// Takes what a caller opens: the head at the callee's end.
using Accept =
    std::function<void(std::unique_ptr<http::Stream> stream, bool end)>;

// The caller's end before there is a road: what it sends waits.
class WaitingWire {
 public:
  // `accept` runs at the callee's end when the head arrives.
  WaitingWire(EventLoop& loop, http::StreamEvents* events, bool end,
              Accept accept);

  std::unique_ptr<http::Stream> TakeStream() { return std::move(stream_); }
  void Begin(const std::shared_ptr<Road>& road);
  void Fail(http::Reset reason);
  bool abandoned() const;  // its caller has left

 private:
  std::shared_ptr<Wire> wire_;
  std::unique_ptr<http::Stream> stream_;
  Accept accept_;
  const bool end_;
};

}  // namespace herald::simulation
