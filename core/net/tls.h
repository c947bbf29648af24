// SPDX-License-Identifier: Apache-2.0
//
// TLS for the mesh: contexts for the two ends of a handshake, QUIC's or that of
// a TCP connection which stands in for it, made from an Identity. TLS 1.3 only,
// both ends show a certificate, ALPN is exactly `h3` (over TCP: `h2`), and the
// peer's leaf must bear one SPIFFE id of our own trust domain; the client end
// demands one particular id. A peer that fails any of this is refused in the
// handshake, before a byte of HTTP.
//
// There are no session tickets and no 0-RTT: a resumed session would not show
// its certificate again, and early data can be replayed. One warm connection
// a peer makes both nearly worthless.
#pragma once

#include <openssl/types.h>

#include <memory>
#include <optional>
#include <string>

#include "core/base/event_loop.h"
#include "core/base/spiffe_id.h"
#include "core/base/status.h"
#include "core/net/identity.h"

namespace herald::net {

// What is spoken inside: h3 over QUIC, h2 where TCP stands in for it.
enum class Protocol { kHttp3, kHttp2 };

// One end's context. Owned by the app; `loop` must outlive it (its WallNow()
// judges certificates). Sessions keep what they need and may outlive it only
// while their identity does not matter any more.
class TlsContext {
 public:
  enum class End { kClient, kServer };

  static StatusOr<std::unique_ptr<TlsContext>> Make(IdentityPtr identity,
                                                    End end, EventLoop& loop);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  const Identity& identity() const { return *identity_; }
  End end() const { return end_; }

  // A session for one connection, which the caller frees. With
  // `expected_peer` only a certificate of that SPIFFE id is accepted.
  SSL* NewSession(const std::string& expected_peer,
                  Protocol protocol = Protocol::kHttp3) const;

  // Takes a renewed identity for sessions made from now on.
  Status Replace(IdentityPtr identity);
  // Counts identities: what was made under another number has another one.
  uint64_t generation() const { return generation_; }
  // Whether the present trust vouches for the peer of a session that is open.
  // Of dates it says nothing: see PeerNotAfter.
  bool Vouches(const SSL* session) const;

 private:
  TlsContext(End end, EventLoop& loop);
  static int Verify(X509_STORE_CTX* chain, void* self);
  Status VerifyPeer(X509_STORE_CTX* chain) const;

  const End end_;
  EventLoop& loop_;
  IdentityPtr identity_;
  uint64_t generation_ = 0;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
};

// Whether both ends agreed on that protocol.
bool Chose(const SSL* session, Protocol protocol);

// The identity the peer proved; nullopt before it did.
std::optional<SpiffeId> PeerIdentity(const SSL* session);

// When the certificate ends that the peer proved to have; the distant past
// before it did.
WallTime PeerNotAfter(const SSL* session);

// Why the peer's certificate was refused, for the log; empty if it was not.
std::string WhyRefused(const SSL* session);

}  // namespace herald::net
