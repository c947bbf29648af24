// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/h3_exchange.h"
#include "sidecar/transport/h3_session.h"

namespace herald::transport {

H3Stream::~H3Stream() {
  if (exchange_ != nullptr) exchange_->session->OnHandleGone(*exchange_);
}

void H3Stream::SendResponse(const http::ResponseHead& head, bool end) {
  if (exchange_ == nullptr || exchange_->over) return;
  exchange_->session->SendResponse(*exchange_, head, end);
}

void H3Stream::SendData(std::string_view data, bool end) {
  if (exchange_ == nullptr || exchange_->over) return;
  exchange_->session->SendData(*exchange_, data, end);
}

void H3Stream::SendTrailers(const http::Headers& trailers) {
  if (exchange_ == nullptr || exchange_->over) return;
  exchange_->session->SendTrailers(*exchange_, trailers);
}

void H3Stream::Cancel(http::Reset reason) {
  if (exchange_ == nullptr || exchange_->over) return;
  exchange_->session->Cancel(*exchange_, reason);
}

void H3Stream::Consume(size_t n) {
  if (exchange_ == nullptr) return;
  exchange_->session->Consume(*exchange_, n);
}

void H3Stream::SetEvents(http::StreamEvents* events) {
  if (exchange_ != nullptr) exchange_->events = events;
}

}  // namespace herald::transport
