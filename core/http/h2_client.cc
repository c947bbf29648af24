// SPDX-License-Identifier: Apache-2.0
#include "core/http/h2_client.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "core/http/h2_fields.h"
#include "core/http/h2_session.h"
#include "nghttp2/nghttp2.h"

namespace herald::http {

H2Client::H2Client(const Limits& limits, CodecEvents& events)
    : H2End(Side::kClient, limits, events) {}

H2Client::~H2Client() { Fail(Reset::kLost); }

bool H2Client::CanOpen() const {
  if (draining_ || finished()) return false;
  if (nghttp2_session_check_request_allowed(session_) == 0) return false;
  uint32_t theirs = nghttp2_session_get_remote_settings(
      session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  return exchanges_.size() < std::min<size_t>(limits_.streams, theirs);
}

std::unique_ptr<Stream> H2Client::Open(const RequestHead& head, bool end,
                                       StreamEvents* events) {
  HERALD_CHECK(CanOpen(), "REQUIRES of Open");
  H2Fields fields(head);
  nghttp2_data_provider2 source = H2BodySource();
  int32_t id =
      nghttp2_submit_request2(session_, nullptr, fields.data(), fields.size(),
                              end ? nullptr : &source, nullptr);
  HERALD_CHECK(id > 0, "CanOpen has asked");
  H2Exchange& exchange = AddExchange(id);
  exchange.method = head.method;
  exchange.events = events;
  exchange.outgoing_over = end;
  exchange.outgoing_length.Expect(end ? std::nullopt : head.content_length);
  Touch();
  return std::make_unique<H2Stream>(static_cast<H2StreamOwner*>(this),
                                    &exchange);
}

void H2Client::Respond(H2Exchange&, const ResponseHead&, bool) {
  HERALD_CHECK(false, "a client end sends no response");
}

std::string_view H2Client::Output() {
  std::string_view view = PumpAndView();
  if (!draining_ || terminated_ || !exchanges_.empty() || dead_) return view;
  terminated_ = true;
  nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR);
  return PumpAndView();
}

// --- Is anybody there? -----------------------------------------------------

void H2Client::WatchPeer(const PeerWatch& watch, Time now) {
  watch_ = watch;
  heard_ = now;
}

void H2Client::Feed(std::string_view bytes, Time now) {
  heard_ = now;
  asked_.reset();
  FeedBytes(bytes, now);
}

// Without an open exchange nobody cares; the next one finds the silence old
// and asks at once.
Time H2Client::NextDeadline() const {
  if (watch_.silence == Duration::zero() || exchanges_.empty() || finished()) {
    return kNever;
  }
  return asked_ ? *asked_ + watch_.patience : heard_ + watch_.silence;
}

void H2Client::OnDeadline(Time now) {
  if (now < NextDeadline()) return;
  if (!asked_) {
    asked_ = now;
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
    return;
  }
  ++inside_;
  Fail(Reset::kLost);
  --inside_;
}

// --- Ends ------------------------------------------------------------------

void H2Client::Drain() {
  draining_ = true;
  Touch();
}

Section H2Client::SectionOf(const H2Exchange& exchange) const {
  return exchange.head_seen ? Section::kTrailers : Section::kResponse;
}

void H2Client::OnSection(H2Exchange& exchange, Section section, HeadError error,
                         bool end) {
  if (section == Section::kTrailers) {
    TakeTrailers(exchange, end);
  } else {
    TakeResponse(exchange, error, end);
  }
}

void H2Client::TakeResponse(H2Exchange& exchange, HeadError error, bool end) {
  ResponseHead head;
  if (error == HeadError::kNone) {
    error = exchange.builder->FinishResponse(head);
  }
  exchange.builder.reset();
  exchange.response_begun = true;
  bool interim = error == HeadError::kNone && head.informational();
  bool endless = interim && ++exchange.interim_heads > kMaxInterimHeads;
  if (error != HeadError::kNone || (interim && end) || endless) {
    Abort(exchange, interim ? Reset::kProtocol : ToReset(error));
    return;
  }
  if (!interim) {
    exchange.head_seen = true;
    bool body = ResponseMayHaveBody(exchange.method, head.status);
    if (end && body && head.content_length.value_or(0) > 0) {
      Abort(exchange, Reset::kProtocol);
      return;
    }
    exchange.length.Expect(body ? head.content_length : 0);
    exchange.incoming_over = end;
  }
  if (exchange.events != nullptr) {
    exchange.events->OnResponse(std::move(head), end);
  }
  CheckOver(exchange);
}

}  // namespace herald::http
