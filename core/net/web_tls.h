// SPDX-License-Identifier: Apache-2.0
//
// TLS as the web has it, towards servers that are not of the mesh and for
// pages of ours: TLS 1.2 and 1.3, names or addresses in the server's
// certificate, client certificates where they are given. (The mesh's own TLS,
// with SPIFFE ids at both ends, is tls.h.)
//
//                     trust                       certificate and key
//   client end   roots; none: the system's   shown where asked for; optional
//   server end   roots of clients, who then  required
//                must show a certificate;
//                none: anybody
#pragma once

#include <openssl/types.h>

#include <cstdint>
#include <memory>
#include <string>

#include "core/base/event_loop.h"
#include "core/base/status.h"
#include "core/http/detect.h"
#include "core/net/identity.h"

namespace herald::net {

// Owned by the app; `loop` must outlive it (its WallNow() judges dates).
// Sessions keep what they need.
class WebTls {
 public:
  enum class End { kClient, kServer };

  // `pem` has the texts themselves, empty where not given; `names` are what
  // errors call them.
  static StatusOr<std::unique_ptr<WebTls>> Make(End end, EventLoop& loop,
                                                const IdentityFiles& pem,
                                                const IdentityFiles& names);
  WebTls(const WebTls&) = delete;
  WebTls& operator=(const WebTls&) = delete;

  // Takes renewed texts for sessions made from now on. After an error nothing
  // has changed.
  Status Replace(const IdentityFiles& pem, const IdentityFiles& names);
  // Counts replacements: a connection of another number rests on other texts.
  uint64_t generation() const { return generation_; }

  // A session for one connection, which the caller frees. A client end asks
  // for `server`, a name or an IP address; a server end ignores it.
  SSL* NewSession(const std::string& server = "") const;

 private:
  WebTls(End end, EventLoop& loop);

  const End end_;
  EventLoop& loop_;
  uint64_t generation_ = 0;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
};

// What both ends agreed on by ALPN; HTTP/1.1 where they did not speak of it.
http::Protocol WebProtocol(const SSL* session);

}  // namespace herald::net
