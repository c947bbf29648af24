// SPDX-License-Identifier: Apache-2.0
//
// One sidecar, built from its configuration in floor order and taken down in
// the reverse. The only place where the parts meet; several may live in one
// process (herald dev does that).
#pragma once

#include <functional>
#include <memory>

#include "core/base/log.h"
#include "core/base/status.h"
#include "core/net/asio_loop.h"
#include "sidecar/app/config.h"

namespace herald::identity {
class Source;
}

namespace herald::app {

class IdentityWait;

// Owned by the command that runs it; loop and log outlive it. One thread.
class Sidecar {
 public:
  // Reads every file, binds every address and starts serving. The error says
  // which file or address, what is wrong and what to do. Where the identity
  // comes from a Workload API, all that begins when it has come; what goes
  // wrong then is told by `failed`, on the loop.
  static StatusOr<std::unique_ptr<Sidecar>> Start(
      Config config, net::AsioLoop& loop, Log& log,
      std::function<void(const Status&)> failed = nullptr);
  ~Sidecar();
  Sidecar(const Sidecar&) = delete;
  Sidecar& operator=(const Sidecar&) = delete;

  // Refuses new calls, lets the open ones end, says goodbye to the peers;
  // `done` runs on the loop when all is over or the grace has passed.
  void Drain(std::function<void()> done);

 private:
  class Parts;
  Sidecar(Config config, net::AsioLoop& loop, Log& log);
  Status ServeByFiles();
  Status AwaitIdentity(std::function<void(const Status&)> failed);

  const Config config_;
  net::AsioLoop& loop_;
  Log& log_;
  // One after the other: until there is an identity, and with it.
  std::unique_ptr<identity::Source> awaited_;
  std::unique_ptr<IdentityWait> wait_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace herald::app
