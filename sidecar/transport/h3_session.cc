// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/h3_session.h"

#include <algorithm>
#include <utility>

#include "core/base/check.h"
#include "sidecar/transport/h3_callbacks.h"
#include "sidecar/transport/h3_codes.h"
#include "sidecar/transport/h3_fields.h"

namespace herald::transport {

using http::Reset;

namespace {

// Letting the stream go refuses its request.
class RefuseAll final : public http::RequestHandler {
 public:
  void OnRequest(http::RequestHead, std::unique_ptr<http::Stream>,
                 bool) override {}
};
RefuseAll refuse_all;  // holds nothing

// The peer's stream credit returns in this many parts of its whole.
constexpr uint64_t kStreamBatches = 8;

}  // namespace

H3Session::H3Session(const TransportOptions& options,
                     http::RequestHandler* handler, H3SessionEvents& events,
                     Time now)
    : options_(options),
      handler_(handler),
      events_(events),
      resets_(options.reset_burst, options.resets_per_second, now) {}

H3Session::~H3Session() {
  HERALD_CHECK(exchanges_.empty() || lost_, "Lose() goes before the end");
  for (auto& [id, x] : exchanges_) {
    if (x->handle != nullptr) x->handle->exchange_ = nullptr;
  }
  nghttp3_conn_del(h3_);
}

// --- The user's side.

bool H3Session::CanOpen() const {
  return ready() && !draining_ && !lost_ && handler_ == nullptr &&
         exchanges_.size() < options_.quic.max_streams &&
         connection_->RequestStreamsLeft() > 0;
}

std::unique_ptr<http::Stream> H3Session::Open(const http::RequestHead& head,
                                              bool end,
                                              http::StreamEvents* events) {
  std::optional<int64_t> id = connection_->OpenRequestStream();
  HERALD_CHECK(id.has_value(), "CanOpen() was asked before");
  H3Exchange& x = Make(*id);
  x.events = events;
  x.is_head = head.method == "HEAD";
  x.head_sent = true;
  x.end_given = end;
  x.out_length.Expect(head.content_length);
  TakeUrgency(x, head.headers);
  auto stream = std::make_unique<H3Stream>(&x);
  x.handle = stream.get();
  H3Fields fields(head);
  int rv = nghttp3_conn_submit_request(h3_, *id, fields.data(), fields.size(),
                                       end ? nullptr : &kBodyReader, &x);
  if (rv != 0) {
    x.over = true;
    x.late_reset = Reset::kNotSent;
    Abort(x, kH3RequestCancelled);
  }
  Activity();
  return stream;
}

void H3Session::Cancel(H3Exchange& x, Reset reason) {
  if (x.finished()) return;
  x.over = true;
  Abort(x, ToCode(reason));
}

void H3Session::Consume(H3Exchange& x, size_t n) {
  n = static_cast<size_t>(std::min<uint64_t>(n, x.unconsumed));
  if (n == 0 || lost_) return;
  x.unconsumed -= n;
  if (!x.closed && !x.end_received) connection_->ExtendStream(x.id, n);
  connection_->ExtendConnection(n);
  Activity();
}

void H3Session::OnHandleGone(H3Exchange& x) {
  x.handle = nullptr;
  if (lost_) return;
  ReturnCredit(x);
  if (!x.over && !x.finished()) {
    bool refused = handler_ != nullptr && x.events == nullptr;
    x.over = true;
    if (handler_ != nullptr && x.end_given) {
      // The answer is complete and may still be on its way; only the rest of
      // the request is not wanted any more.
      x.stop_reading = kH3NoError;
      to_abort_.push_back(x.id);
    } else {
      Abort(x, refused ? kH3RequestRejected : kH3RequestCancelled);
    }
  }
  x.events = nullptr;
  Activity();
  if (x.closed) to_abort_.push_back(x.id);
}

void H3Session::Abort(H3Exchange& x, uint64_t code) {
  x.stop_reading = code;
  x.reset_writing = code;
  to_abort_.push_back(x.id);
  Activity();
}

// A client's exchange that was given up has nothing left to do, and may stay
// unclosed for as long as its connection lives: where it is cancelled with
// bytes missing in its middle, ngtcp2 1.24 forgets those that came behind the
// gap (conn_shutdown_stream_read), which the other end never sends again. A
// server waits until its refusals are on their way: they tell what may be
// repeated.
size_t H3Session::open_streams() const {
  if (handler_ != nullptr) return exchanges_.size();
  return static_cast<size_t>(std::count_if(
      exchanges_.begin(), exchanges_.end(), [](const auto& entry) {
        const H3Exchange& x = *entry.second;
        return !x.over || x.handle != nullptr || x.late_reset;
      }));
}

void H3Session::BeforeWrite() {
  // Users told here may abort more, hence by index.
  for (size_t i = 0; i < to_abort_.size(); ++i) {
    H3Exchange* x = Find(to_abort_[i]);
    if (x == nullptr) continue;
    if (!x->closed && x->stop_reading && !x->end_received) {
      nghttp3_conn_shutdown_stream_read(h3_, x->id);
      connection_->ShutdownRead(x->id, *x->stop_reading);
      x->end_received = true;
    }
    if (!x->closed && x->reset_writing) {
      nghttp3_conn_shutdown_stream_write(h3_, x->id);
      connection_->ShutdownWrite(x->id, *x->reset_writing);
    }
    ReturnCredit(*x);
    if (auto late = std::exchange(x->late_reset, std::nullopt)) {
      Report(*x, *late);
    }
    ForgetIfDone(*x);
  }
  to_abort_.clear();
}

void H3Session::Lose() {
  lost_ = true;
  // Users may open elsewhere from here, but nothing of this session changes.
  for (auto& [id, x] : exchanges_) {
    if (x->over && !x->late_reset) continue;
    if (x->finished()) continue;
    bool served = handler_ != nullptr || x->any_sent;
    Reset reason =
        x->late_reset.value_or(served ? Reset::kLost : Reset::kNotSent);
    x->over = true;
    Report(*x, reason);
  }
}

void H3Session::AnnounceDrain() {
  if (draining_) return;
  draining_ = true;
  if (!ready() || lost_ || handler_ == nullptr) return;
  nghttp3_conn_submit_shutdown_notice(h3_);
  Activity();
}

void H3Session::FinishDrain() {
  if (!ready() || lost_ || handler_ == nullptr) return;
  nghttp3_conn_shutdown(h3_);
  Activity();
}

void H3Session::StopServing() {
  if (handler_ != nullptr) handler_ = &refuse_all;
}

// --- The books.

H3Exchange* H3Session::Find(int64_t stream) {
  auto it = exchanges_.find(stream);
  return it == exchanges_.end() ? nullptr : it->second.get();
}

H3Exchange& H3Session::Make(int64_t stream) {
  auto& slot = exchanges_[stream];
  slot = std::make_unique<H3Exchange>();
  slot->session = this;
  slot->id = stream;
  return *slot;
}

// Tells the user; it may let its handle go, or call it, from in there.
void H3Session::Report(H3Exchange& x, Reset reason) {
  x.out.Clear();
  http::StreamEvents* events = std::exchange(x.events, nullptr);
  if (events != nullptr && x.handle != nullptr) events->OnReset(reason);
}

// Ends an exchange for a reason that is not our user's.
void H3Session::Kill(H3Exchange& x, Reset reason, uint64_t code) {
  if (x.over) return;
  bool tell = !x.finished();
  x.over = true;
  Abort(x, code);
  // Memory that is in flight must live until the write side is reset.
  if (tell) x.late_reset = reason;
}

void H3Session::ReturnCredit(H3Exchange& x) {
  if (x.unconsumed == 0 || lost_) return;
  connection_->ExtendConnection(std::exchange(x.unconsumed, 0));
}

void H3Session::ForgetIfDone(H3Exchange& x) {
  if (!x.closed || x.handle != nullptr || x.late_reset) return;
  exchanges_.erase(x.id);
  // Only now may the peer open another one: an exchange counts until our own
  // work for it has ended, not merely its stream.
  if (handler_ != nullptr && !lost_) GiveStreamBack();
}

// In batches: told one by one, each call would cost a packet of its own, and
// its acknowledgement.
void H3Session::GiveStreamBack() {
  if (++streams_owed_ * kStreamBatches < options_.quic.max_streams) return;
  connection_->AllowStreams(std::exchange(streams_owed_, 0));
  Activity();
}

// --- The connection's side.

bool H3Session::Check(int64_t result) {
  if (result >= 0) return true;
  int error = static_cast<int>(result);
  connection_->FailWith(nghttp3_err_infer_quic_app_error_code(error),
                        std::string("HTTP/3: ") + nghttp3_strerror(error));
  return false;
}

bool H3Session::OnHandshakeDone() {
  if (!MakeHttp3()) return false;
  events_.OnSessionReady();
  return true;
}

bool H3Session::MakeHttp3() {
  nghttp3_settings settings;
  nghttp3_settings_default(&settings);
  settings.max_field_section_size = options_.limits.header_bytes;
  settings.qpack_max_dtable_capacity = 0;
  settings.qpack_encoder_max_dtable_capacity = 0;
  settings.qpack_blocked_streams = 0;
  int rv = handler_ != nullptr
               ? nghttp3_conn_server_new(&h3_, &kH3Callbacks, &settings,
                                         nghttp3_mem_default(), this)
               : nghttp3_conn_client_new(&h3_, &kH3Callbacks, &settings,
                                         nghttp3_mem_default(), this);
  HERALD_CHECK(rv == 0, "fails only without memory");
  auto control = connection_->OpenUniStream();
  auto encoder = connection_->OpenUniStream();
  auto decoder = connection_->OpenUniStream();
  if (!control || !encoder || !decoder) {
    connection_->FailWith(0x103, "the peer allows too few streams");
    return false;
  }
  if (handler_ != nullptr) {
    nghttp3_conn_set_max_client_streams_bidi(h3_, options_.quic.max_streams);
  }
  return Check(nghttp3_conn_bind_control_stream(h3_, *control)) &&
         Check(nghttp3_conn_bind_qpack_streams(h3_, *encoder, *decoder));
}

bool H3Session::OnStreamBytes(int64_t stream, std::span<const uint8_t> bytes,
                              bool fin) {
  if (!ready()) {
    // 1-RTT data before the handshake is done cannot reach us.
    connection_->FailWith(kH3InternalError, "data before the handshake");
    return false;
  }
  H3Exchange* x = Find(stream);
  if (x != nullptr && x->over) {
    connection_->ExtendConnection(bytes.size());
    if (fin) x->end_received = true;
    return true;
  }
  nghttp3_ssize used = nghttp3_conn_read_stream2(
      h3_, stream, bytes.data(), bytes.size(), fin, connection_->NowNanos());
  if (!Check(used)) return false;
  connection_->ExtendStream(stream, static_cast<uint64_t>(used));
  connection_->ExtendConnection(static_cast<uint64_t>(used));
  return true;
}

bool H3Session::OnAcked(int64_t stream, uint64_t n) {
  return h3_ == nullptr || Check(nghttp3_conn_add_ack_offset(h3_, stream, n));
}

bool H3Session::TakeReset() {
  if (handler_ == nullptr) return true;
  if (resets_.Take(FromNanos(connection_->NowNanos()))) return true;
  connection_->Close(kH3ExcessiveLoad, "too many resets by the peer");
  return false;
}

void H3Session::OnStreamReset(int64_t stream, uint64_t code) {
  if (h3_ == nullptr) return;
  nghttp3_conn_shutdown_stream_read(h3_, stream);
  H3Exchange* x = Find(stream);
  if (x != nullptr && x->over) {
    x->end_received = true;
    return;
  }
  if (!TakeReset() || x == nullptr) return;
  bool vouches = handler_ == nullptr && !x->head_received;
  Kill(*x, FromCode(code, vouches), kH3RequestCancelled);
  x->end_received = true;
}

void H3Session::OnStopSending(int64_t stream, uint64_t code) {
  if (h3_ == nullptr) return;
  nghttp3_conn_shutdown_stream_write(h3_, stream);
  H3Exchange* x = Find(stream);
  if (x == nullptr) return;
  // ngtcp2 resets our half by itself. A server that has answered already
  // says NO_ERROR: the rest of the request is not needed, the answer stands.
  if (handler_ == nullptr && code == kH3NoError) {
    x->reset_writing = code;
    return;
  }
  if (x->over || !TakeReset()) return;
  bool vouches = handler_ == nullptr && !x->head_received;
  Kill(*x, FromCode(code, vouches), kH3RequestCancelled);
}

bool H3Session::OnStreamClosed(int64_t stream, std::optional<uint64_t> code) {
  if (h3_ == nullptr) return true;
  int rv = nghttp3_conn_close_stream(h3_, stream, code.value_or(kH3NoError));
  if (rv != 0 && rv != NGHTTP3_ERR_STREAM_NOT_FOUND) return Check(rv);
  H3Exchange* x = Find(stream);
  if (x == nullptr) {
    if (handler_ != nullptr && ngtcp2_is_bidi_stream(stream)) {
      GiveStreamBack();
    }
    return true;
  }
  x->closed = true;
  if (!x->over && !x->finished()) {
    bool vouches = handler_ == nullptr && !x->head_received;
    Kill(*x, FromCode(code.value_or(kH3InternalError), vouches),
         kH3RequestCancelled);
  }
  if (x->late_reset || x->over) {
    to_abort_.push_back(stream);
    Activity();
  } else {
    x->out.Clear();
    ForgetIfDone(*x);
  }
  return true;
}

void H3Session::OnStreamWritable(int64_t stream) {
  if (h3_ != nullptr) nghttp3_conn_unblock_stream(h3_, stream);
}

void H3Session::OnStreamsAllowed() { events_.OnSessionCapacity(); }

}  // namespace herald::transport
