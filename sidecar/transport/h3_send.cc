// SPDX-License-Identifier: Apache-2.0
//
// The sending half of H3Session: heads, bodies and ends as our user gives
// them, and whose bytes go into the next packet.
#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "sidecar/transport/h3_callbacks.h"
#include "sidecar/transport/h3_codes.h"
#include "sidecar/transport/h3_fields.h"
#include "sidecar/transport/h3_session.h"

namespace herald::transport {

using http::Reset;

std::optional<uint8_t> Urgency(const std::string& priority_field) {
  nghttp3_pri parsed = {kDefaultUrgency, 0};
  int rv = nghttp3_pri_parse_priority(
      &parsed, reinterpret_cast<const uint8_t*>(priority_field.data()),
      priority_field.size());
  if (rv != 0) return std::nullopt;
  return static_cast<uint8_t>(parsed.urgency);
}

void H3Session::SendResponse(H3Exchange& x, const http::ResponseHead& head,
                             bool end) {
  HERALD_CHECK(handler_ != nullptr && !x.head_sent, "servers answer, and once");
  H3Fields fields(head);
  if (head.informational()) {
    nghttp3_conn_submit_info(h3_, x.id, fields.data(), fields.size());
    return Activity();
  }
  x.head_sent = true;
  TakeUrgency(x, head.headers);  // the server's word is the last (§8)
  if (!x.is_head && http::ResponseMayHaveBody("GET", head.status)) {
    x.out_length.Expect(head.content_length);
  } else {
    x.out_length.Expect(0);
  }
  nghttp3_conn_submit_response(h3_, x.id, fields.data(), fields.size(),
                               end ? nullptr : &kBodyReader);
  if (end) EndOutgoing(x);
  Activity();
}

void H3Session::SendData(H3Exchange& x, std::string_view data, bool end) {
  HERALD_CHECK(x.head_sent && !x.end_given, "data stands between both ends");
  if (!x.out_length.Add(data.size())) {
    x.over = true;
    x.late_reset = Reset::kInternal;
    return Abort(x, kH3InternalError);
  }
  if (x.reset_writing) {  // the peer wants no more of it
    x.end_given = end;
    return;
  }
  x.out.Append(data);
  if (end) EndOutgoing(x);
  Offer(x);
  Activity();
}

void H3Session::SendTrailers(H3Exchange& x, const http::Headers& trailers) {
  HERALD_CHECK(x.head_sent && !x.end_given, "trailers end a body");
  if (x.reset_writing) {
    x.end_given = true;
    return;
  }
  H3Fields fields(trailers);
  if (nghttp3_conn_submit_trailers(h3_, x.id, fields.data(), fields.size()) ==
      0) {
    x.trailers_given = true;
  }
  EndOutgoing(x);
  Offer(x);
  Activity();
}

// There is more of the body, or its end.
void H3Session::Offer(H3Exchange& x) {
  if (x.out.waiting() > 0) AskForTurn(x);
  // Bulk is resumed when its turn comes.
  if (x.out.waiting() == 0 || RankOf(x) != kBulkRank) {
    nghttp3_conn_resume_stream(h3_, x.id);
  }
}

// The user's end of its half; a body that is too short must not be ended.
void H3Session::EndOutgoing(H3Exchange& x) {
  x.end_given = true;
  if (x.out_length.Complete()) return;
  x.over = true;
  x.late_reset = Reset::kInternal;
  Abort(x, kH3InternalError);
}

static_assert(sizeof(nghttp3_vec) == sizeof(ngtcp2_vec) &&
              offsetof(nghttp3_vec, len) == offsetof(ngtcp2_vec, len));

bool H3Session::NextOutput(Output& output, ngtcp2_vec* vectors,
                           size_t max_vectors) {
  if (h3_ == nullptr) return true;
  do {
    int fin = 0;
    nghttp3_ssize n = nghttp3_conn_writev_stream(
        h3_, &output.stream, &fin, reinterpret_cast<nghttp3_vec*>(vectors),
        max_vectors);
    if (!Check(n)) return false;
    output.fin = fin != 0;
    output.count = static_cast<size_t>(n);
  } while (output.stream < 0 && GiveTurn());
  return true;
}

// --- Turns.

uint8_t H3Session::RankOf(const H3Exchange& x) {
  return x.body_given > kBulk ? kBulkRank : x.urgency;
}

void H3Session::TakeUrgency(H3Exchange& x, const http::Headers& headers) {
  if (!headers.Get("priority")) return;
  if (auto urgency = Urgency(headers.Joined("priority"))) x.urgency = *urgency;
}

void H3Session::AskForTurn(H3Exchange& x) {
  if (std::exchange(x.asked, true)) return;
  order_.Ask(RankOf(x), x.id);
}

// Nothing that has a turn is left to send: the first that asked gets one.
bool H3Session::GiveTurn() {
  while (!order_.empty()) {
    bool bulk = order_.first().rank == kBulkRank;
    // Bodies that nobody reads at the other end must not shut the connection
    // for small calls.
    if (bulk && connection_->DataLeft() <= connection_->PeerWindow() / 8) {
      return false;
    }
    SendOrder::Turn turn = order_.Take();
    H3Exchange* x = Find(turn.stream);
    if (x == nullptr) continue;
    x->asked = false;
    if (x->over || x->closed || x->out.waiting() == 0) continue;
    if (RankOf(*x) > turn.rank) {
      AskForTurn(*x);
      continue;
    }
    x->has_turn = true;
    nghttp3_conn_resume_stream(h3_, x->id);
    return true;
  }
  return false;
}

// The next piece of a body, if it is its turn. Bulk waits to be given one;
// others go on where nobody stands before them.
nghttp3_ssize H3Session::TakePiece(H3Exchange& x, nghttp3_vec* vectors,
                                   size_t max, uint32_t* flags) {
  size_t waiting = x.out.waiting();
  uint8_t rank = RankOf(x);
  bool may = x.has_turn || (rank != kBulkRank && !order_.SomeoneBefore(rank));
  if (waiting > 0 && !may) {
    AskForTurn(x);
    return NGHTTP3_ERR_WOULDBLOCK;
  }
  x.has_turn = false;
  size_t n = x.out.Take(vectors, max, kPieceOfTurn);
  x.body_given += waiting - x.out.waiting();
  if (x.out.waiting() > 0) {
    AskForTurn(x);
  } else if (x.end_given) {
    *flags |= NGHTTP3_DATA_FLAG_EOF;
    if (x.trailers_given) *flags |= NGHTTP3_DATA_FLAG_NO_END_STREAM;
  } else if (n == 0) {
    return NGHTTP3_ERR_WOULDBLOCK;
  }
  return static_cast<nghttp3_ssize>(n);
}

bool H3Session::OnWritten(int64_t stream, size_t n) {
  if (H3Exchange* x = n > 0 ? Find(stream) : nullptr) x->any_sent = true;
  return Check(nghttp3_conn_add_write_offset(h3_, stream, n));
}

void H3Session::OnBlocked(int64_t stream) {
  nghttp3_conn_block_stream(h3_, stream);
}

void H3Session::OnShutForWriting(int64_t stream) {
  nghttp3_conn_shutdown_stream_write(h3_, stream);
}

}  // namespace herald::transport
