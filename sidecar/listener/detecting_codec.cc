// SPDX-License-Identifier: Apache-2.0
#include "sidecar/listener/detecting_codec.h"

#include <utility>

#include "core/http/codecs.h"

namespace herald::listener {

void DetectingCodec::Feed(std::string_view bytes, Time now) {
  if (chosen_) {
    chosen_->Feed(bytes, now);
    return;
  }
  if (over_) return;
  if (first_bytes_.empty()) deadline_ = now + kPatience;
  first_bytes_.append(bytes);
  http::Detected detected = http::Detect(first_bytes_);
  if (detected == http::Detected::kNeedMore) return;
  deadline_ = kNever;
  auto protocol = detected == http::Detected::kHttp2 ? http::Protocol::kHttp2
                                                     : http::Protocol::kHttp1;
  chosen_ = http::MakeServerCodec(protocol, limits_, handler_, events_);
  chosen_->Feed(std::exchange(first_bytes_, {}), now);
}

void DetectingCodec::OnEof(Time now) {
  if (chosen_) {
    chosen_->OnEof(now);
  } else {
    over_ = true;
  }
}

std::string_view DetectingCodec::Output() {
  return chosen_ ? chosen_->Output() : std::string_view();
}

void DetectingCodec::Wrote(size_t n) {
  if (chosen_) chosen_->Wrote(n);
}

bool DetectingCodec::WantsInput() const {
  return chosen_ ? chosen_->WantsInput() : !over_;
}

bool DetectingCodec::done() const { return chosen_ ? chosen_->done() : over_; }

void DetectingCodec::Drain() {
  if (chosen_) {
    chosen_->Drain();
  } else {
    over_ = true;
  }
}

size_t DetectingCodec::open_streams() const {
  return chosen_ ? chosen_->open_streams() : 0;
}

Time DetectingCodec::NextDeadline() const {
  return chosen_ ? chosen_->NextDeadline() : deadline_;
}

void DetectingCodec::OnDeadline(Time now) {
  if (chosen_) {
    chosen_->OnDeadline(now);
  } else {
    over_ = true;
  }
}

}  // namespace herald::listener
