// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/sidecar.h"

#include <utility>

#include "sidecar/app/parts.h"

namespace herald::app {

Sidecar::Sidecar(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Sidecar::~Sidecar() = default;

StatusOr<std::unique_ptr<Sidecar>> Sidecar::Start(Config config,
                                                  net::AsioLoop& loop,
                                                  Log& log) {
  auto parts = std::make_unique<Parts>(std::move(config), loop, log);
  HERALD_RETURN_IF_ERROR(parts->Start());
  return std::unique_ptr<Sidecar>(new Sidecar(std::move(parts)));
}

void Sidecar::Drain(std::function<void()> done) {
  parts_->Drain(std::move(done));
}

}  // namespace herald::app
