// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/waiting_stream.h"

#include <utility>

namespace herald::transport {

WaitingStream::WaitingStream(EventLoop& loop, WaitingList& list,
                             http::RequestHead head, bool end,
                             http::StreamEvents* events)
    : loop_(loop),
      list_(&list),
      place_(list.insert(list.end(), this)),
      head_(std::move(head)),
      events_(events),
      bodiless_(end) {}

WaitingStream::~WaitingStream() { Leave(); }

void WaitingStream::Leave() {
  loop_.Cancel(std::exchange(timer_, 0));
  if (list_ != nullptr) std::exchange(list_, nullptr)->erase(place_);
}

void WaitingStream::Begin(Carrier& to) {
  Leave();
  begun_ = to.Open(head_, bodiless_, events_);
  bool end_with_data = end_ && !trailers_;
  if (!body_.empty() || end_with_data) {
    begun_->SendData(std::exchange(body_, {}), end_with_data);
  }
  if (trailers_) begun_->SendTrailers(*trailers_);
}

void WaitingStream::Fail() {
  Leave();
  events_->OnReset(http::Reset::kNotSent);
}

void WaitingStream::FailAfter(Duration patience) {
  timer_ = loop_.RunAt(loop_.Now() + patience, [this] {
    timer_ = 0;
    Fail();
  });
}

void WaitingStream::SendData(std::string_view data, bool end) {
  if (begun_) return begun_->SendData(data, end);
  if (list_ == nullptr) return;
  body_ += data;
  end_ = end;
}

void WaitingStream::SendTrailers(const http::Headers& trailers) {
  if (begun_) return begun_->SendTrailers(trailers);
  if (list_ == nullptr) return;
  trailers_ = trailers;
  end_ = true;
}

void WaitingStream::Cancel(http::Reset reason) {
  if (begun_) return begun_->Cancel(reason);
  Leave();
}

void WaitingStream::Consume(size_t n) {
  if (begun_) begun_->Consume(n);
}

}  // namespace herald::transport
