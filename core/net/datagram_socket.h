// SPDX-License-Identifier: Apache-2.0
//
// The seam for UDP: batches in, batches out. The real one (udp.h) uses GRO and
// GSO; the simulator's hands datagrams to a faulty network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/base/address.h"

namespace herald::net {

enum class Ecn : uint8_t { kNotEct = 0, kEct1 = 1, kEct0 = 2, kCe = 3 };

// The two ends of a datagram's way, as RFC 9000 §9 means the word.
struct Path {
  Address local;
  Address remote;
};

// Datagrams from one sender that arrived together: `bytes` holds segments of
// `segment` bytes each, the last one may be shorter.
struct ReceivedBatch {
  // Where the socket is bound to all addresses, `local` is the one they were
  // sent to.
  const Path* path;
  std::span<const uint8_t> bytes;
  size_t segment;
  Ecn ecn;
};

class DatagramEvents {
 public:
  virtual ~DatagramEvents() = default;
  virtual void OnDatagrams(const ReceivedBatch& batch) = 0;
  // A send that said false may be tried again.
  virtual void OnSendable() = 0;
};

// Owned by whoever speaks QUIC over it. One thread.
class DatagramSocket {
 public:
  virtual ~DatagramSocket() = default;

  // Delivers to `events` from now on; null stops it.
  virtual void SetEvents(DatagramEvents* events) = 0;

  // Sends `bytes` along `path` as datagrams of `segment` bytes each (the last
  // one may be shorter). False when the kernel's buffer is full: nothing was
  // sent, OnSendable follows. Other failures count as loss, which QUIC repairs.
  // Where the socket is bound to all addresses, they leave from `path.local`,
  // unless that is all of them too.
  virtual bool Send(const Path& path, std::span<const uint8_t> bytes,
                    size_t segment, Ecn ecn) = 0;

  virtual const Address& local() const = 0;
};

}  // namespace herald::net
