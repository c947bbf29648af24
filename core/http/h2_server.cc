// SPDX-License-Identifier: Apache-2.0
#include "core/http/h2_server.h"

#include <chrono>
#include <memory>
#include <utility>

#include "core/base/check.h"
#include "core/http/h1_head.h"
#include "core/http/h2_fields.h"
#include "core/http/h2_session.h"
#include "nghttp2/nghttp2.h"

namespace herald::http {
namespace {

// A client on this host answers a PING in less, or not at all.
constexpr Duration kDrainTime = std::chrono::seconds(1);

}  // namespace

H2Server::H2Server(const Limits& limits, RequestHandler& handler,
                   CodecEvents& events)
    : H2End(Side::kServer, limits, events), handler_(handler) {}

H2Server::~H2Server() { Fail(Reset::kCancelled); }

// --- Requests --------------------------------------------------------------

Section H2Server::SectionOf(const H2Exchange& exchange) const {
  return exchange.head_seen ? Section::kTrailers : Section::kRequest;
}

void H2Server::OnSection(H2Exchange& exchange, Section section, HeadError error,
                         bool end) {
  if (section == Section::kTrailers) {
    TakeTrailers(exchange, end);
  } else {
    TakeRequest(exchange, error, end);
  }
}

void H2Server::TakeRequest(H2Exchange& exchange, HeadError error, bool end) {
  RequestHead head;
  if (error == HeadError::kNone) {
    error = exchange.builder->FinishRequest(head);
  }
  exchange.builder.reset();
  exchange.head_seen = true;
  exchange.incoming_over = end;
  exchange.length.Expect(head.content_length);
  if (error != HeadError::kNone) {
    RefuseHead(exchange, error, end);
    return;
  }
  if (end && !exchange.length.Complete()) {
    Abort(exchange, Reset::kProtocol);
    return;
  }
  exchange.method = head.method;
  auto stream =
      std::make_unique<H2Stream>(static_cast<H2StreamOwner*>(this), &exchange);
  handler_.OnRequest(std::move(head), std::move(stream), end);
  if (exchange.events == nullptr) {
    HERALD_CHECK(exchange.stream == nullptr || exchange.outgoing_over,
                 "the handler has set events or let the stream go");
  }
}

// What has a status of its own is answered; the rest is no HTTP.
void H2Server::RefuseHead(H2Exchange& exchange, HeadError error, bool end) {
  H1Fault fault = MakeFault(error);
  if (fault.status == 400) {
    Abort(exchange, fault.reset);
    return;
  }
  ResponseHead head;
  head.status = fault.status;
  head.headers.Add("content-type", "text/plain; charset=utf-8");
  exchange.outbox.Append(fault.sentence);
  exchange.outbox.Append("\n");
  exchange.outgoing_over = true;
  exchange.reset_after_end = !end;
  SubmitFinal(exchange, head, false);
}

// --- Responses -------------------------------------------------------------

void H2Server::Respond(H2Exchange& exchange, const ResponseHead& head,
                       bool end) {
  HERALD_CHECK(!exchange.head_sent, "one final head");
  if (head.informational()) {
    H2Fields fields(head);
    nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, exchange.id, nullptr,
                           fields.data(), fields.size(), nullptr);
    Touch();
    return;
  }
  exchange.head_sent = true;
  bool body = ResponseMayHaveBody(exchange.method, head.status);
  exchange.outgoing_length.Expect(body ? head.content_length : std::nullopt);
  if (end && !exchange.outgoing_length.Complete()) {
    Drop(exchange, Reset::kInternal);
    return;
  }
  exchange.outgoing_over = end;
  SubmitFinal(exchange, head, end);
  CheckOver(exchange);
  Touch();
}

void H2Server::SubmitFinal(H2Exchange& exchange, const ResponseHead& head,
                           bool end) {
  H2Fields fields(head);
  nghttp2_data_provider2 source = H2BodySource();
  nghttp2_submit_response2(session_, exchange.id, fields.data(), fields.size(),
                           end ? nullptr : &source);
}

// --- Draining --------------------------------------------------------------

void H2Server::Drain() {
  if (draining_ != Draining::kNo || finished()) return;
  draining_ = Draining::kAnnounced;
  nghttp2_submit_shutdown_notice(session_);
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  Touch();
}

void H2Server::OnPingAck() {
  if (draining_ != Draining::kAnnounced) return;
  draining_ = Draining::kFinal;
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_),
                        NGHTTP2_NO_ERROR, nullptr, 0);
}

Time H2Server::NextDeadline() const {
  if (draining_ != Draining::kAnnounced || finished()) return kNever;
  // Drain is not told the time: the first deadline, at once, learns it.
  return drain_deadline_ == kNever ? now_ : drain_deadline_;
}

void H2Server::OnDeadline(Time now) {
  if (now < NextDeadline()) return;
  if (drain_deadline_ == kNever) {
    drain_deadline_ = now + kDrainTime;
  } else {
    OnPingAck();  // stuck: it has had its time
  }
}

}  // namespace herald::http
