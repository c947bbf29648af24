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

namespace herald::app {

// Owned by the command that runs it; loop and log outlive it. One thread.
class Sidecar {
 public:
  // Reads every file, binds every address and starts serving. The error says
  // which file or address, what is wrong and what to do.
  static StatusOr<std::unique_ptr<Sidecar>> Start(Config config,
                                                  net::AsioLoop& loop,
                                                  Log& log);
  ~Sidecar();
  Sidecar(const Sidecar&) = delete;
  Sidecar& operator=(const Sidecar&) = delete;

  // Refuses new calls, lets the open ones end, says goodbye to the peers;
  // `done` runs on the loop when all is over or the grace has passed.
  void Drain(std::function<void()> done);

 private:
  class Parts;
  explicit Sidecar(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace herald::app
