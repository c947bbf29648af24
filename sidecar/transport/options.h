// SPDX-License-Identifier: Apache-2.0
//
// The numbers of the mesh side, in one place, each with its source. The app
// hands them down; tests make them small.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/time.h"
#include "core/http/message.h"

namespace herald::transport {

// Of one QUIC connection.
struct QuicOptions {
  // One body, one direction, at a time: 11 MB/s a stream over 90 ms.
  uint64_t stream_window = 1 << 20;
  // All bodies of a connection together. Never above 8 MiB: with larger
  // windows a burst loss left more than 8000 frames of one stream to resend,
  // at which ngtcp2 gives up the connection.
  uint64_t connection_window = 8 << 20;
  uint64_t max_streams = 1000;

  Duration idle_timeout = std::chrono::seconds(30);
  // A connection that we opened says something at least so often while it
  // lives: NATs forget after 20 s, and the idle timeout must not end a call
  // that is only slow.
  Duration keep_alive = std::chrono::seconds(15);
  Duration handshake_timeout = std::chrono::seconds(3);
  // Both ends are ours and write once a turn; 25 ms, the default, would only
  // slow the detection of dead peers.
  Duration max_ack_delay = std::chrono::milliseconds(5);
  // Packets between immediate acknowledgements. Both ends drain before they
  // write, so fewer would only add packets.
  size_t ack_threshold = 8;
  // Offer DATAGRAM frames, for load probes; sidecars of before have none.
  bool datagrams = true;
  // Before the first sample; RFC 9002 says 333 ms, a mesh is nearer.
  Duration initial_rtt = std::chrono::milliseconds(100);

  // Datagram sizes tried in this order once connected, from 1200 up. About
  // 9000 is left out: GSO at that size cost more a byte than 1452.
  std::vector<uint16_t> mtu_probes = {1452, 4096, 16384, 32768, 65000};
};

struct TransportOptions {
  QuicOptions quic;
  http::Limits limits;

  // Peer-caused resets: a burst, then so many a second. Agents cancel a lot
  // (hedging, users), so honest callers stay far below.
  double reset_burst = 2000;
  double resets_per_second = 200;
};

}  // namespace herald::transport
