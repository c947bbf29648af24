// SPDX-License-Identifier: Apache-2.0
//
// The receiving half of H3Session: sections, bodies and ends as nghttp3
// decodes them. An exchange that is over hears nothing of this.
#include <utility>

#include "sidecar/transport/h3_codes.h"
#include "sidecar/transport/h3_session.h"

namespace herald::transport {
namespace {

// More interim answers to one request than any agent has use for.
constexpr int kMaxInformational = 32;

}  // namespace

using http::HeadError;
using http::Reset;

void H3Session::BeginSection(H3Exchange& x, http::Section section) {
  if (x.over) return;
  x.builder.emplace(http::Wire::kHttp2, section, options_.limits);
}

void H3Session::AddField(H3Exchange& x, std::string_view name,
                         std::string_view value) {
  if (x.over || !x.builder) return;
  HeadError error = x.builder->Add(name, value);
  if (error == HeadError::kNone) return;
  Reset reason = http::ToReset(error);
  Kill(x, reason, ToCode(reason));
}

void H3Session::EndHead(H3Exchange& x, bool fin) {
  if (x.over || !x.builder) return;
  if (handler_ != nullptr) {
    EndRequestHead(x, fin);
  } else {
    EndResponseHead(x, fin);
  }
}

void H3Session::EndRequestHead(H3Exchange& x, bool fin) {
  http::RequestHead head;
  HeadError error = x.builder->FinishRequest(head);
  x.builder.reset();
  if (error != HeadError::kNone) {
    Reset reason = http::ToReset(error);
    return Kill(x, reason, ToCode(reason));
  }
  if (exchanges_.size() > options_.limits.streams) {
    return Kill(x, Reset::kRefused, kH3RequestRejected);
  }
  x.head_received = true;
  x.is_head = head.method == "HEAD";
  x.end_received = fin;
  TakeUrgency(x, head.headers);
  auto stream = std::make_unique<H3Stream>(&x);
  x.handle = stream.get();
  handler_->OnRequest(std::move(head), std::move(stream), fin);
}

void H3Session::EndResponseHead(H3Exchange& x, bool fin) {
  http::ResponseHead head;
  HeadError error = x.builder->FinishResponse(head);
  x.builder.reset();
  if (error != HeadError::kNone) {
    Reset reason = http::ToReset(error);
    return Kill(x, reason, ToCode(reason));
  }
  if (head.informational()) {
    if (++x.informational > kMaxInformational) {
      return Kill(x, Reset::kProtocol, kH3ExcessiveLoad);
    }
    fin = false;  // nghttp3 refuses an end after an interim answer
  } else {
    x.head_received = true;
    x.end_received = fin;
  }
  if (x.events != nullptr) x.events->OnResponse(std::move(head), fin);
}

void H3Session::EndTrailers(H3Exchange& x) {
  if (x.over || !x.builder) return;
  HeadError error = x.builder->FinishTrailers(x.trailers);
  x.builder.reset();
  if (error != HeadError::kNone) {
    Reset reason = http::ToReset(error);
    return Kill(x, reason, ToCode(reason));
  }
  x.trailers_received = true;
}

void H3Session::OnBody(H3Exchange& x, std::string_view data) {
  if (x.over) return connection_->ExtendConnection(data.size());
  x.unconsumed += data.size();
  if (x.events != nullptr && x.handle != nullptr) {
    x.events->OnData(data, false);
  }
  // Nobody is left to give this back.
  if (x.handle == nullptr) ReturnCredit(x);
}

void H3Session::OnEnd(H3Exchange& x) {
  if (x.over || x.end_received) return;
  x.end_received = true;
  if (x.events == nullptr || x.handle == nullptr) return;
  if (x.trailers_received) {
    x.events->OnTrailers(std::move(x.trailers));
  } else {
    x.events->OnData({}, true);
  }
}

void H3Session::OnGoaway(int64_t first_unserved) {
  bool was_draining = std::exchange(draining_, true);
  if (handler_ == nullptr) {
    for (auto& [id, x] : exchanges_) {
      if (id >= first_unserved) Kill(*x, Reset::kRefused, kH3RequestCancelled);
    }
  }
  if (!was_draining) events_.OnSessionCapacity();
}

}  // namespace herald::transport
