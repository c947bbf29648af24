// SPDX-License-Identifier: Apache-2.0
//
// A network in memory: DatagramSockets that hand each other datagrams after a
// delay, and lose, repeat or reorder some, by seed. Where a real kernel would
// batch (GSO, GRO), so does this: what was sent in one piece and lost nothing
// arrives in one piece.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/base/event_loop.h"
#include "core/base/random.h"
#include "core/net/datagram_socket.h"

namespace herald::test {

// The way between two addresses, one direction.
struct LinkFaults {
  Duration delay = std::chrono::milliseconds(1);
  Duration jitter{0};  // adds up to this much, which reorders
  double loss = 0;
  double duplicate = 0;
  size_t mtu = 65'507;  // longer datagrams are dropped
  bool cut = false;     // nothing passes
  // A narrow place: what finds `queue` bytes before it is dropped. 0: none.
  uint64_t bytes_per_second = 0;
  size_t queue = 64 << 10;
};

// Some order of addresses of IP, to find things by them.
struct ByBytes {
  bool operator()(const Address& a, const Address& b) const {
    if (a.length() != b.length()) return a.length() < b.length();
    return std::memcmp(a.get(), b.get(), a.length()) < 0;
  }
};

class FakeSocket;

// Owned by the test; outlives its sockets. `loop` must outlive it.
class FakeNetwork {
 public:
  FakeNetwork(EventLoop& loop, uint64_t seed) : loop_(loop), random_(seed) {}

  // A socket bound to `address` ("10.0.0.1:443").
  std::unique_ptr<FakeSocket> Bind(const std::string& address);

  // Applies where no link of its own was set.
  LinkFaults& defaults() { return defaults_; }
  LinkFaults& link(const std::string& from, const std::string& to);
  // For networks of so many that a link for each two is too much: asked of
  // each piece that is sent, in the place of links and defaults. Addresses are
  // those behind a NAT.
  using Rule =
      std::function<LinkFaults(const Address& from, const Address& to)>;
  void SetRule(Rule rule) { rule_ = std::move(rule); }

  // From now on `inner` is seen as an address of a NAT, which forgets it (and
  // drops what comes for it) when nothing was sent for that long.
  void PutBehindNat(const std::string& inner, Duration forgets_after);
  // It forgets at once, and shows another address with the next datagram.
  void Rebind(const std::string& inner);

  // Sees each datagram that is sent, before faults.
  using Tap = std::function<void(const Address& from, const Address& to,
                                 std::span<const uint8_t> datagram)>;
  void SetTap(Tap tap) { tap_ = std::move(tap); }

  uint64_t datagrams_sent() const { return sent_; }
  uint64_t datagrams_lost() const { return lost_; }

 private:
  friend class FakeSocket;
  struct Flight;
  struct Nat {
    Duration forgets_after;
    Time used{};
    uint16_t port = 0;  // of kNatHost; 0: to be chosen
  };
  Address Seen(const Address& from);
  const Address* Behind(const Address& address) const;
  LinkFaults FaultsOf(const Address& from, const Address& to) const;
  void Carry(const Address& from, const Address& to,
             std::span<const uint8_t> bytes, size_t segment, net::Ecn ecn);
  std::optional<Duration> Squeeze(const LinkFaults& faults, const Address& from,
                                  const Address& to, size_t size);
  void Fly(Flight flight, Duration delay);
  void Land(const Flight& flight);

  EventLoop& loop_;
  Random random_;
  LinkFaults defaults_;
  template <typename T>
  using ByAddress = std::map<Address, T, ByBytes>;
  ByAddress<ByAddress<LinkFaults>> links_;  // from, to
  Rule rule_;
  // When the narrow place between two will have sent what it holds.
  ByAddress<ByAddress<Time>> busy_until_;
  ByAddress<FakeSocket*> sockets_;
  ByAddress<Nat> nats_;  // by inner address
  std::map<uint16_t, Address> by_nat_port_;
  uint16_t last_nat_port_ = 40'000;
  Tap tap_;
  uint64_t sent_ = 0;
  uint64_t lost_ = 0;
};

// Unbinds itself when destroyed; what is in flight to it is lost.
class FakeSocket final : public net::DatagramSocket {
 public:
  FakeSocket(FakeNetwork& network, const Address& address)
      : network_(network), address_(address) {}
  ~FakeSocket() override;

  void SetEvents(net::DatagramEvents* events) override { events_ = events; }
  bool Send(const net::Path& path, std::span<const uint8_t> bytes,
            size_t segment, net::Ecn ecn) override;
  const Address& local() const override { return address_; }

  // While full, Send says false; emptying it calls OnSendable.
  void SetFull(bool full);

 private:
  friend class FakeNetwork;
  FakeNetwork& network_;
  Address address_;
  net::DatagramEvents* events_ = nullptr;
  bool full_ = false;
};

}  // namespace herald::test
