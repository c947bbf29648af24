// SPDX-License-Identifier: Apache-2.0
//
// Any datagrams at a server's mesh socket, and at a client's in the middle of
// its handshake. Besides not crashing: a stranger gets at most three bytes for
// each of its own, nobody unproven becomes a peer, and connections stay below
// their bound.
//
// The input is a script: a byte says to whom, two bytes how long, then the
// datagram; a first byte above 250 lets time pass instead.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/check.h"
#include "sidecar/transport/test_pair.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace herald;
  // Outlive the pair, whose farewells pass the tap.
  uint64_t in = 0;
  uint64_t out = 0;
  const Address strange = *Address::Parse("10.0.0.3:9");
  transport::TestPair pair;
  pair.server_options.max_connections = 4;
  pair.server_options.max_half_open = 2;
  pair.Start();
  auto stranger = pair.network.Bind("10.0.0.3:9");
  pair.network.SetTap([&](const Address& from, const Address& to,
                          std::span<const uint8_t> datagram) {
    if (from == strange) in += datagram.size();
    if (to == strange) out += datagram.size();
  });
  pair.Connect();
  while (size > 3) {
    uint8_t what = data[0];
    size_t length = (data[1] << 8 | data[2]) % 1500;
    data += 3;
    size -= 3;
    if (what > 250) {
      pair.loop.RunFor(std::chrono::milliseconds(length));
      continue;
    }
    std::vector<uint8_t> datagram(length);
    std::copy_n(data, std::min(length, size), datagram.begin());
    data += std::min(length, size);
    size -= std::min(length, size);
    const Address& target =
        what % 2 == 0 ? pair.socket_b->local() : pair.socket_a->local();
    stranger->Send({stranger->local(), target}, datagram,
                   std::max<size_t>(length, 1), net::Ecn::kNotEct);
    HERALD_CHECK(pair.server->connections() <= 4, "the bound holds");
  }
  pair.loop.RunFor(std::chrono::seconds(1));
  HERALD_CHECK(out <= 3 * in, "no amplifier");
  HERALD_CHECK(pair.handler.calls.empty(), "nobody proved anything");
  return 0;
}
