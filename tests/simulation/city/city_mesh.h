// SPDX-License-Identifier: Apache-2.0
//
// The ways between the nodes of a city: made when a call first needs one,
// watched as sidecar/transport watches (the link of routing_study), carrying
// wires. It stands where the pools and servers of QUIC stand in the product.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "sidecar/call/inbound.h"
#include "sidecar/call/next_hop.h"
#include "tests/simulation/city/wire.h"
#include "tests/simulation/routing_study/link.h"

namespace herald::simulation {

// What the mesh asks of the city; nodes go by their number.
class CityMap {
 public:
  virtual ~CityMap() = default;
  virtual size_t NumberOf(const std::string& node) const = 0;
  virtual const discovery::Endpoint& EndpointOf(size_t node) const = 0;
  virtual const std::string& IdentityOf(size_t node) const = 0;
  // Counts its processes; 0 while there is none.
  virtual uint64_t LifeOf(size_t node) const = 0;
  virtual bool Cut(size_t from, size_t to) const = 0;
  virtual Duration OneWay(size_t from, size_t to) const = 0;
  // REQUIRES: it lives.
  virtual call::PeerEvents& EventsOf(size_t node) = 0;
  virtual call::InboundCalls& InboundOf(size_t node) = 0;
};

// Owned by the city. One thread.
class CityMesh final : public study::LinkWorld, public study::Clock {
 public:
  CityMesh(EventLoop& loop, Random& random, CityMap& map);

  // As call::NextHop has it, for a node's calls.
  std::unique_ptr<http::Stream> Open(size_t from, size_t to,
                                     const http::RequestHead& head, bool end,
                                     http::StreamEvents* events);
  void ProbeSoon(size_t from, size_t to);

  // Each peer that is connected to the node hears how busy it is, unasked.
  void TellLoad(size_t node);
  // That node's process is gone, with its half of every way.
  void OnDeath(size_t node);
  // It takes leave first: peers need not find out.
  void OnLeave(size_t node);
  // Something was cut or healed.
  void OnChange();

  size_t open_wires() const;
  uint64_t ways() const { return ways_.size(); }

 private:
  struct Way {
    size_t from, to;
    uint64_t from_life, to_life = 0;
    std::unique_ptr<study::Link> link;
    std::shared_ptr<Road> road;
    std::deque<std::unique_ptr<WaitingWire>> waiting;
    bool retired = false;
  };
  class RoadAcross;

  Way& WayBetween(size_t from, size_t to);
  bool Passes(const Way& way, End from) const;
  void Pave(Way& way);
  void BeginWaiting(Way& way);
  void FailWaiting(Way& way);
  // The callee notices, later, that its caller is gone.
  void LeaveLater(const Way& way);
  // The callee's report, on its way to a caller who asked for it then, or not.
  void Report(Way& way, std::optional<Time> asked);

  // study::LinkWorld
  void OnLinkState(size_t link, routing::Link state) override;
  void OnLinkRtt(size_t link, Duration smoothed, Duration variation) override;
  void OnLinkDead(size_t link) override;
  void SendProbe(size_t link) override;
  std::optional<Duration> RoundTrip(size_t link) override;
  // study::Clock
  Time now() const override { return loop_.Now(); }
  void At(Time when, std::function<void()> what) override {
    loop_.RunAt(when, std::move(what));
  }

  EventLoop& loop_;
  Random& random_;
  CityMap& map_;
  std::vector<std::unique_ptr<Way>> ways_;  // those of the past, too
  std::map<std::pair<size_t, size_t>, size_t> present_;
};

}  // namespace herald::simulation
