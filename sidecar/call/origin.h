// SPDX-License-Identifier: Apache-2.0
//
// Where a call came from, as far as the adapter below can vouch for it: the
// kernel's word for a local socket, the certificate's for a peer.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "core/base/address.h"
#include "core/http/exchange.h"

namespace herald::call {

// SO_PEERCRED of a unix socket's other end.
struct PeerCredentials {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

struct Origin {
  // Mesh side: the SPIFFE id of the peer's certificate, or our own.
  std::string identity;
  // Mesh side: the peer's UDP address. Agent side: the client's.
  Address remote;
  // Agent side: the agent a listener of its own stands for.
  std::optional<std::string> listener_agent;
  std::optional<PeerCredentials> credentials;
  // Mesh side: the caller is an agent of our own (own_hop.h).
  bool own_agent = false;
};

// Takes whole request heads from an adapter. `origin` lives as long as the
// connection; copy what is needed longer.
class CallHandler {
 public:
  virtual ~CallHandler() = default;
  // REQUIRES: stream->SetEvents before it returns.
  virtual void OnCall(const Origin& origin, http::RequestHead head,
                      std::unique_ptr<http::Stream> stream, bool end) = 0;
};

}  // namespace herald::call
