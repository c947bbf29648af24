// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/stateless.h"

#include <ngtcp2/ngtcp2_crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

#include "core/base/check.h"

namespace herald::transport {
namespace {

constexpr Duration kRetryLife = std::chrono::seconds(10);
constexpr Duration kTokenLife = std::chrono::hours(24);
constexpr size_t kPacket = NGTCP2_MAX_UDP_PAYLOAD_SIZE;

uint64_t Nanos(Duration d) { return static_cast<uint64_t>(d.count()); }

Packet Cut(Packet packet, ngtcp2_ssize size) {
  size_t kept = size > 0 ? static_cast<size_t>(size) : 0;
  HERALD_CHECK(kept <= packet.size(), "ngtcp2 writes within what it was given");
  packet.erase(packet.begin() + static_cast<ptrdiff_t>(kept), packet.end());
  return packet;
}

}  // namespace

Packet VersionNegotiation(const ngtcp2_version_cid& asked) {
  // A reserved version, so that clients stay used to unknown ones.
  const std::array<uint32_t, 2> versions = {0x1a2a3a4a, NGTCP2_PROTO_VER_V1};
  uint8_t unused = 0;
  RAND_bytes(&unused, 1);
  Packet packet(kPacket);
  ngtcp2_ssize n = ngtcp2_pkt_write_version_negotiation(
      packet.data(), packet.size(), unused, asked.scid, asked.scidlen,
      asked.dcid, asked.dcidlen, versions.data(), versions.size());
  return Cut(std::move(packet), n);
}

Packet RetryPacket(const ngtcp2_pkt_hd& initial, const Address& client,
                   std::span<const uint8_t> secret, Time now) {
  ngtcp2_cid own;
  own.datalen = kConnectionIdSize;
  RAND_bytes(own.data, kConnectionIdSize);
  std::array<uint8_t, NGTCP2_CRYPTO_MAX_RETRY_TOKENLEN2> token;
  ngtcp2_ssize size = ngtcp2_crypto_generate_retry_token2(
      token.data(), secret.data(), secret.size(), initial.version, client.get(),
      client.length(), &own, &initial.dcid, ToNanos(now));
  if (size < 0) return {};
  Packet packet(kPacket);
  ngtcp2_ssize n = ngtcp2_crypto_write_retry(
      packet.data(), packet.size(), initial.version, &initial.scid, &own,
      &initial.dcid, token.data(), static_cast<size_t>(size));
  return Cut(std::move(packet), n);
}

Packet RefusalPacket(const ngtcp2_pkt_hd& initial, uint64_t error) {
  Packet packet(kPacket);
  ngtcp2_ssize n = ngtcp2_crypto_write_connection_close(
      packet.data(), packet.size(), initial.version, &initial.scid,
      &initial.dcid, error, nullptr, 0);
  return Cut(std::move(packet), n);
}

Packet StatelessReset(std::span<const uint8_t> connection_id,
                      size_t asking_size, std::span<const uint8_t> secret) {
  // Always shorter than what it answers, so that two such ends fall silent.
  constexpr size_t kLeastRandom = 5;
  constexpr size_t kMostRandom = 22;
  constexpr size_t kToken = NGTCP2_STATELESS_RESET_TOKENLEN;
  if (asking_size <= kLeastRandom + kToken + 1) return {};
  size_t random_size = std::min(kMostRandom, asking_size - kToken - 1);
  ngtcp2_cid id;
  ngtcp2_cid_init(&id, connection_id.data(), connection_id.size());
  ngtcp2_stateless_reset_token token;
  if (ngtcp2_crypto_generate_stateless_reset_token(token.data, secret.data(),
                                                   secret.size(), &id) != 0) {
    return {};
  }
  std::array<uint8_t, kMostRandom> random;
  RAND_bytes(random.data(), static_cast<int>(random_size));
  Packet packet(kPacket);
  ngtcp2_ssize n = ngtcp2_pkt_write_stateless_reset2(
      packet.data(), packet.size(), &token, random.data(), random_size);
  return Cut(std::move(packet), n);
}

Packet AddressToken(const Address& client, std::span<const uint8_t> secret,
                    Time now) {
  Packet token(NGTCP2_CRYPTO_MAX_REGULAR_TOKENLEN);
  ngtcp2_ssize n = ngtcp2_crypto_generate_regular_token(
      token.data(), secret.data(), secret.size(), client.get(), client.length(),
      ToNanos(now));
  return Cut(std::move(token), n);
}

TokenVerdict CheckToken(InitialPacket& initial, const Address& client,
                        std::span<const uint8_t> secret, Time now) {
  const ngtcp2_pkt_hd& header = initial.header;
  if (header.tokenlen == 0) return TokenVerdict::kNone;
  if (header.token[0] == NGTCP2_CRYPTO_TOKEN_MAGIC_RETRY2) {
    ngtcp2_cid original;
    int rv = ngtcp2_crypto_verify_retry_token2(
        &original, header.token, header.tokenlen, secret.data(), secret.size(),
        header.version, client.get(), client.length(), &header.dcid,
        Nanos(kRetryLife), ToNanos(now));
    if (rv != 0) return TokenVerdict::kBadRetry;
    initial.original_id = original;
    initial.token_type = NGTCP2_TOKEN_TYPE_RETRY;
    return TokenVerdict::kGood;
  }
  if (header.token[0] != NGTCP2_CRYPTO_TOKEN_MAGIC_REGULAR ||
      ngtcp2_crypto_verify_regular_token(
          header.token, header.tokenlen, secret.data(), secret.size(),
          client.get(), client.length(), Nanos(kTokenLife),
          ToNanos(now)) != 0) {
    return TokenVerdict::kNone;
  }
  initial.token_type = NGTCP2_TOKEN_TYPE_NEW_TOKEN;
  return TokenVerdict::kGood;
}

}  // namespace herald::transport
