// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_network.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/base/check.h"

namespace herald::test {

namespace {

// What all NATs show of themselves.
const Address& NatHost() {
  static const Address host = *Address::Parse("192.0.2.1:0");
  return host;
}

Address Parsed(const std::string& text) {
  StatusOr<Address> parsed = Address::Parse(text);
  HERALD_CHECK(parsed.ok(), "the test gives a good address");
  return *std::move(parsed);
}

}  // namespace

struct FakeNetwork::Flight {
  Address from;
  Address to;
  std::vector<uint8_t> bytes;
  size_t segment;
  net::Ecn ecn;
};

std::unique_ptr<FakeSocket> FakeNetwork::Bind(const std::string& address) {
  auto socket = std::make_unique<FakeSocket>(*this, Parsed(address));
  bool fresh = sockets_.emplace(socket->local(), socket.get()).second;
  HERALD_CHECK(fresh, "the test binds an address once");
  return socket;
}

LinkFaults& FakeNetwork::link(const std::string& from, const std::string& to) {
  return links_[Parsed(from)].try_emplace(Parsed(to), defaults_).first->second;
}

void FakeNetwork::PutBehindNat(const std::string& inner,
                               Duration forgets_after) {
  nats_[Parsed(inner)] = {forgets_after};
}

void FakeNetwork::Rebind(const std::string& inner) {
  auto nat = nats_.find(Parsed(inner));
  HERALD_CHECK(nat != nats_.end(), "the test puts it behind a NAT first");
  by_nat_port_.erase(std::exchange(nat->second.port, 0));
}

// The address that the other end sees.
Address FakeNetwork::Seen(const Address& from) {
  auto it = nats_.find(from);
  if (it == nats_.end()) return from;
  Nat& nat = it->second;
  bool forgotten = loop_.Now() - nat.used > nat.forgets_after;
  if (nat.port == 0 || forgotten) {
    by_nat_port_.erase(nat.port);
    nat.port = ++last_nat_port_;
    by_nat_port_[nat.port] = from;
  }
  nat.used = loop_.Now();
  return NatHost().WithPort(nat.port);
}

// The inner address that is seen as that one; null where a NAT knows of none.
const Address* FakeNetwork::Behind(const Address& address) const {
  if (nats_.empty() || address.WithPort(0) != NatHost()) return &address;
  auto it = by_nat_port_.find(address.port());
  if (it == by_nat_port_.end()) return nullptr;
  const Nat& nat = nats_.at(it->second);
  bool fresh = loop_.Now() - nat.used <= nat.forgets_after;
  return fresh ? &it->second : nullptr;
}

LinkFaults FakeNetwork::FaultsOf(const Address& from, const Address& to) const {
  const Address* there = Behind(to);
  if (there == nullptr) return defaults_;
  if (rule_) return rule_(from, *there);
  auto some = links_.find(from);
  if (some == links_.end()) return defaults_;
  auto it = some->second.find(*there);
  return it == some->second.end() ? defaults_ : it->second;
}

void FakeNetwork::Carry(const Address& from, const Address& to,
                        std::span<const uint8_t> bytes, size_t segment,
                        net::Ecn ecn) {
  const LinkFaults faults = FaultsOf(from, to);
  const Address seen = Seen(from);
  Flight flight{seen, to, {}, segment, ecn};
  size_t at = 0;
  do {
    std::span<const uint8_t> one =
        bytes.subspan(at, std::min(segment, bytes.size() - at));
    at += one.size();
    ++sent_;
    if (tap_) tap_(from, to, one);
    if (faults.cut || one.size() > faults.mtu || random_.Chance(faults.loss)) {
      ++lost_;
      continue;
    }
    std::optional<Duration> queued = Squeeze(faults, from, to, one.size());
    if (!queued) {
      ++lost_;
      continue;
    }
    flight.bytes.insert(flight.bytes.end(), one.begin(), one.end());
    bool alone = faults.jitter > Duration{0} || faults.bytes_per_second > 0 ||
                 random_.Chance(faults.duplicate) || one.size() < segment;
    if (!alone) continue;
    if (faults.duplicate > 0) Fly(flight, faults.delay + *queued);
    Fly(std::exchange(flight, Flight{seen, to, {}, segment, ecn}),
        faults.delay + *queued +
            Duration(
                static_cast<int64_t>(random_.Unit() * faults.jitter.count())));
  } while (at < bytes.size());
  if (!flight.bytes.empty()) Fly(std::move(flight), faults.delay);
}

// How long a datagram waits for and takes in the narrow place; nullopt where
// there is no room left before it.
std::optional<Duration> FakeNetwork::Squeeze(const LinkFaults& faults,
                                             const Address& from,
                                             const Address& to, size_t size) {
  if (faults.bytes_per_second == 0) return Duration{0};
  Time& until = busy_until_[from][to];
  const auto rate = static_cast<double>(faults.bytes_per_second);
  Duration backlog = std::max(until - loop_.Now(), Duration{0});
  if (ToMillis(backlog) / 1000 * rate > static_cast<double>(faults.queue)) {
    return std::nullopt;
  }
  backlog +=
      Duration(static_cast<int64_t>(static_cast<double>(size) * 1e9 / rate));
  until = loop_.Now() + backlog;
  return backlog;
}

void FakeNetwork::Fly(Flight flight, Duration delay) {
  loop_.RunAt(loop_.Now() + delay,
              [this, flight = std::move(flight)] { Land(flight); });
}

void FakeNetwork::Land(const Flight& flight) {
  const Address* there = Behind(flight.to);
  if (there == nullptr) return;
  auto it = sockets_.find(*there);
  if (it == sockets_.end() || it->second->events_ == nullptr) return;
  const net::Path path = {it->second->address_, flight.from};
  it->second->events_->OnDatagrams(
      {&path, flight.bytes, flight.segment, flight.ecn});
}

FakeSocket::~FakeSocket() { network_.sockets_.erase(address_); }

bool FakeSocket::Send(const net::Path& path, std::span<const uint8_t> bytes,
                      size_t segment, net::Ecn ecn) {
  if (full_) return false;
  network_.Carry(address_, path.remote, bytes, segment, ecn);
  return true;
}

void FakeSocket::SetFull(bool full) {
  full_ = full;
  if (!full && events_ != nullptr) events_->OnSendable();
}

}  // namespace herald::test
