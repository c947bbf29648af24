// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/stream_link.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <utility>

#include "core/http/codecs.h"
#include "core/net/tls.h"
#include "sidecar/transport/options.h"

namespace herald::transport {
namespace {

constexpr Duration kHandshakeTime = std::chrono::seconds(3);
// One record of TLS holds so much (RFC 8446 §5.1).
constexpr size_t kRecord = 16 << 10;

// Why OpenSSL gave up; the peer's alert names what it refused.
std::string TlsProblem(const SSL* session) {
  std::string why = net::WhyRefused(session);
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  ERR_clear_error();
  if (!why.empty()) return why;
  return std::string("TLS: ") + (reason == nullptr ? "broken off" : reason);
}

}  // namespace

http::Limits StreamLimits() {
  http::Limits limits;
  // As over QUIC: 11 MB/s a stream over 90 ms.
  limits.body_window = QuicOptions{}.stream_window;
  return limits;
}

StreamLink::StreamLink(Setup setup, StreamLinkEvents& events)
    : loop_(setup.loop),
      handler_(setup.handler),
      limits_(setup.limits),
      events_(events),
      socket_(setup.loop, std::move(setup.fd), this),
      session_(setup.session),
      arrived_(BIO_new(BIO_s_mem())),
      leaving_(BIO_new(BIO_s_mem())),
      began_(setup.loop.Now()),
      self_(std::make_shared<StreamLink*>(this)) {
  SSL_set_bio(session_, arrived_, leaving_);  // which owns them now
  MarkDirty();
}

StreamLink::~StreamLink() {
  *self_ = nullptr;
  dirty_ = true;  // the codec's last words are no activity any more
  codec_.reset();
  loop_.Cancel(timer_);
  SSL_free(session_);
}

bool StreamLink::CanOpen() const {
  return ready_ && !failed_ && client_ != nullptr && client_->CanOpen();
}

std::unique_ptr<http::Stream> StreamLink::Open(const http::RequestHead& head,
                                               bool end,
                                               http::StreamEvents* events) {
  auto stream = client_->Open(head, end, events);
  MarkDirty();
  return stream;
}

void StreamLink::Drain() {
  if (codec_ != nullptr) {
    codec_->Drain();
  } else {
    Fail("shutting down");
  }
  MarkDirty();
}

// --- What happens during a turn.

void StreamLink::OnBytes(std::string_view bytes) {
  BIO_write(arrived_, bytes.data(), static_cast<int>(bytes.size()));
  Advance();
  MarkDirty();
}

void StreamLink::OnEof() {
  eof_ = true;
  if (codec_ != nullptr) {
    codec_->OnEof(loop_.Now());
  } else {
    Fail("closed by the peer");
  }
  MarkDirty();
}

void StreamLink::OnBroken(const std::string& why) {
  Fail(why);
  MarkDirty();
}

void StreamLink::OnWritable() {
  blocked_ = false;
  MarkDirty();
}

void StreamLink::Fail(std::string why) {
  if (failed_) return;
  failed_ = true;
  why_ = std::move(why);
}

void StreamLink::Shake() {
  int rv = SSL_do_handshake(session_);
  if (rv == 1) {
    shaken_ = FinishHandshake();
  } else if (SSL_get_error(session_, rv) != SSL_ERROR_WANT_READ) {
    Fail(TlsProblem(session_));
  }
}

bool StreamLink::FinishHandshake() {
  peer_ = net::PeerIdentity(session_);
  if (!peer_ || !net::Chose(session_, net::Protocol::kHttp2)) {
    Fail(peer_ ? "the peer does not speak h2" : "the peer proved no identity");
    return false;
  }
  if (handler_ != nullptr) {
    codec_ = http::MakeServerCodec(http::Protocol::kHttp2, limits_, *handler_,
                                   *this);
    ready_ = told_ready_ = true;
    events_.OnStreamReady(*this);
  } else {
    auto codec = http::MakeClientCodec(http::Protocol::kHttp2, limits_, *this);
    client_ = codec.get();
    codec_ = std::move(codec);
  }
  return true;
}

// As far as the bytes that have arrived lead.
void StreamLink::Advance() {
  if (!shaken_ && !failed_) Shake();
  char plain[kRecord];
  while (shaken_ && !failed_ && !codec_->done()) {
    int n = SSL_read(session_, plain, sizeof plain);
    if (n > 0) {
      ready_ = true;
      codec_->Feed({plain, static_cast<size_t>(n)}, loop_.Now());
      continue;
    }
    int error = SSL_get_error(session_, n);
    if (error == SSL_ERROR_WANT_READ) return;
    Fail(error == SSL_ERROR_ZERO_RETURN ? "closed by the peer"
                                        : TlsProblem(session_));
  }
}

void StreamLink::MarkDirty() {
  if (std::exchange(dirty_, true)) return;
  loop_.AtTurnEnd([self = self_] {
    if (*self != nullptr) (*self)->Settle();
  });
}

// --- The end of the turn.

void StreamLink::Settle() {
  dirty_ = false;
  if (!shaken_) Advance();  // a client's first flight
  WriteOut();
  if (EndIfOver()) return;
  if (!eof_ && (codec_ == nullptr || codec_->WantsInput())) socket_.Read();
  SetTimer();
  if (ready_ && !std::exchange(told_ready_, true)) events_.OnStreamReady(*this);
  events_.OnStreamSettled(*this);
}

// True when the socket has taken all ciphertext there is.
bool StreamLink::FlushTls() {
  char record[kRecord];
  for (int n; (n = BIO_read(leaving_, record, sizeof record)) > 0;) {
    unsent_.append(record, static_cast<size_t>(n));
  }
  if (blocked_) return unsent_.empty();
  std::optional<size_t> taken = socket_.Write(unsent_);
  if (!taken) {
    Fail("the connection is lost");
    return false;
  }
  blocked_ = *taken < unsent_.size();
  unsent_.erase(0, *taken);
  return !blocked_;
}

void StreamLink::WriteOut() {
  while (FlushTls() && shaken_ && !failed_) {
    std::string_view output = codec_->Output();
    if (output.empty()) return;
    int n = SSL_write(session_, output.data(),
                      static_cast<int>(std::min(output.size(), 4 * kRecord)));
    if (n <= 0) return Fail(TlsProblem(session_));
    codec_->Wrote(static_cast<size_t>(n));
  }
}

bool StreamLink::EndIfOver() {
  bool done = codec_ != nullptr && codec_->done() && codec_->Output().empty() &&
              unsent_.empty();
  if (!failed_ && !done) return false;
  if (why_.empty()) why_ = eof_ ? "closed by the peer" : "drained";
  dirty_ = true;
  if (shaken_ && !failed_) {
    SSL_shutdown(session_);
    FlushTls();
  }
  client_ = nullptr;
  codec_.reset();
  events_.OnStreamOver(*this);
  return true;
}

void StreamLink::SetTimer() {
  loop_.Cancel(std::exchange(timer_, 0));
  Time when = ready_ ? codec_->NextDeadline() : began_ + kHandshakeTime;
  if (when != kNever) timer_ = loop_.RunAt(when, [this] { OnTimer(); });
}

void StreamLink::OnTimer() {
  timer_ = 0;
  if (!ready_) {
    Fail("no handshake in time");
  } else {
    codec_->OnDeadline(loop_.Now());
  }
  MarkDirty();
}

}  // namespace herald::transport
