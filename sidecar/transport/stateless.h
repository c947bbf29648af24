// SPDX-License-Identifier: Apache-2.0
//
// The packets that are sent without a connection: version negotiation, Retry,
// refusals, stateless resets; and the tokens that prove an address. Pure
// functions over bytes and a secret.
#pragma once

#include <ngtcp2/ngtcp2.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/base/address.h"
#include "core/base/time.h"
#include "sidecar/transport/connection.h"

namespace herald::transport {

using Packet = std::vector<uint8_t>;

// "We speak QUIC version 1", to the sender of `asked`.
Packet VersionNegotiation(const ngtcp2_version_cid& asked);

// Asks a client to come again with a token that only its address can know.
Packet RetryPacket(const ngtcp2_pkt_hd& initial, const Address& client,
                   std::span<const uint8_t> secret, Time now);

// CONNECTION_CLOSE in answer to a client's first packet.
Packet RefusalPacket(const ngtcp2_pkt_hd& initial, uint64_t error);

// Ends a connection we know nothing of any more. Empty when the datagram that
// asks for it is too short to answer (RFC 9000 §10.3).
Packet StatelessReset(std::span<const uint8_t> connection_id,
                      size_t asking_size, std::span<const uint8_t> secret);

// For a client's next connection from the same address.
Packet AddressToken(const Address& client, std::span<const uint8_t> secret,
                    Time now);

enum class TokenVerdict { kNone, kGood, kBadRetry };

// Judges the token of a first packet and fills in what it proves.
TokenVerdict CheckToken(InitialPacket& initial, const Address& client,
                        std::span<const uint8_t> secret, Time now);

}  // namespace herald::transport
