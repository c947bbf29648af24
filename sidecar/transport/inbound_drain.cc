// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/inbound_drain.h"

namespace herald::transport {

void InboundDrain::Begin() {
  if (begun_) return;
  begun_ = true;
  environment_.load.SetDraining(true);
  Duration notice = server_.TellLoad();
  // Who comes by TCP asks by itself, each second.
  if (fall_back_ != nullptr && fall_back_->connections() > 0) {
    notice = Server::kMostNotice;
  }
  if (notice == Duration(0)) return Shut();
  timer_ = environment_.loop.RunAt(environment_.loop.Now() + notice, [this] {
    timer_ = 0;
    Shut();
  });
}

void InboundDrain::Shut() {
  shut_since_ = environment_.loop.Now();
  environment_.draining = true;
  server_.Drain();
  if (fall_back_ != nullptr) fall_back_->Drain();
}

}  // namespace herald::transport
