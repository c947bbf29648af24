// SPDX-License-Identifier: Apache-2.0
#include "core/net/tls_stream.h"

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

#include "core/net/tls.h"

namespace herald::net {
namespace {

// One read's worth of the socket below fits.
constexpr size_t kReadBytes = 64 * 1024;
// Plaintext turned to records at once: few enough to wait in memory where the
// socket is full, enough to spend few system calls.
constexpr size_t kWriteBytes = 64 * 1024;

// The name or address that the session asked for, as its user wrote it.
std::string ExpectedName(SSL* session) {
  X509_VERIFY_PARAM* param = SSL_get0_param(session);
  if (const char* host = X509_VERIFY_PARAM_get0_host(param, 0)) return host;
  char* text = X509_VERIFY_PARAM_get1_ip_asc(param);
  std::string ip = text == nullptr ? "this address" : text;
  OPENSSL_free(text);
  return ip;
}

std::string CertificateProblem(const SSL* session, long verdict) {
  switch (verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "its certificate is not for " +
             ExpectedName(const_cast<SSL*>(session));
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
      return "its certificate was not issued by a root we trust";
    default:
      return std::string("its certificate: ") +
             X509_verify_cert_error_string(verdict);
  }
}

}  // namespace

std::string TlsProblem(const SSL* session) {
  const unsigned long error = ERR_peek_error();
  const char* reason = ERR_reason_error_string(error);
  ERR_clear_error();
  std::string why = WhyRefused(session);
  if (!why.empty()) return why;
  const long verdict = SSL_get_verify_result(session);
  if (verdict != X509_V_OK) return CertificateProblem(session, verdict);
  if (ERR_GET_REASON(error) == SSL_R_WRONG_VERSION_NUMBER) {
    return "TLS: what answers there does not speak TLS";
  }
  return std::string("TLS: ") + (reason == nullptr ? "broken off" : reason);
}

TlsStream::TlsStream(Setup setup, SocketEvents* events)
    : loop_(setup.loop),
      events_(events),
      told_secured_(std::move(setup.secured)),
      socket_(setup.loop, std::move(setup.fd), this),
      session_(setup.session),
      arrived_(BIO_new(BIO_s_mem())),
      leaving_(BIO_new(BIO_s_mem())),
      self_(std::make_shared<TlsStream*>(this)) {
  SSL_set_bio(session_, arrived_, leaving_);  // which owns them now
  timer_ = loop_.RunAt(loop_.Now() + setup.patience, [this] {
    timer_ = 0;
    Break("no TLS handshake in time");
  });
  AdvanceLater();
}

TlsStream::~TlsStream() {
  *self_ = nullptr;
  loop_.Cancel(timer_);
  if (shaken_ && !broken_ && !shut_) {
    SSL_shutdown(session_);
    Flush();
  }
  SSL_free(session_);
  ERR_clear_error();
}

// --- Reading ----------------------------------------------------------------

void TlsStream::Read() {
  if (wanted_ || broken_) return;
  wanted_ = true;
  if (!shaken_) return;  // the handshake reads already, and Advance goes on
  if (drained_) {
    socket_.Read();
  } else {
    AdvanceLater();
  }
}

bool TlsStream::Quiet() const {
  return !broken_ && drained_ && SSL_pending(session_) == 0 && socket_.Quiet();
}

void TlsStream::AdvanceLater() {
  loop_.Post([self = self_] {
    if (*self != nullptr) (*self)->Advance();
  });
}

void TlsStream::OnBytes(std::string_view bytes) {
  BIO_write(arrived_, bytes.data(), static_cast<int>(bytes.size()));
  drained_ = false;
  Advance();
}

// As far as what has arrived leads.
void TlsStream::Advance() {
  if (broken_) return;
  if (!shaken_ && !Shake()) return;
  if (wanted_) Deliver();
}

// True when the handshake is done, and we are still there.
bool TlsStream::Shake() {
  ERR_clear_error();
  const int rv = SSL_do_handshake(session_);
  const int error = SSL_get_error(session_, rv);
  Flush();  // a flight, or the alert that says why not
  if (rv == 1) return TellSecured();
  if (error == SSL_ERROR_WANT_READ) {
    socket_.Read();
  } else {
    Break(TlsProblem(session_));
  }
  return false;
}

bool TlsStream::TellSecured() {
  const auto self = self_;
  shaken_ = true;
  loop_.Cancel(std::exchange(timer_, 0));
  if (auto told = std::exchange(told_secured_, nullptr)) told();
  if (*self == nullptr) return false;
  OnWritable();
  return *self != nullptr;
}

void TlsStream::Deliver() {
  char plain[kReadBytes];
  size_t size = 0;
  int error = SSL_ERROR_NONE;
  ERR_clear_error();
  while (size < sizeof plain) {
    int n =
        SSL_read(session_, plain + size, static_cast<int>(sizeof plain - size));
    if (n <= 0) {
      error = SSL_get_error(session_, n);
      break;
    }
    size += static_cast<size_t>(n);
  }
  drained_ = error == SSL_ERROR_WANT_READ;
  Flush();  // answers of TLS's own: updated keys, alerts
  if (size > 0) {
    heard_ = true;
    wanted_ = false;
    if (events_ != nullptr) events_->OnBytes({plain, size});
  } else if (error == SSL_ERROR_WANT_READ) {
    socket_.Read();
  } else if (error == SSL_ERROR_ZERO_RETURN) {
    wanted_ = false;
    if (events_ != nullptr) events_->OnEof();
  } else {
    Break(TlsProblem(session_));
  }
}

void TlsStream::OnEof() {
  Break(shaken_ ? "the connection was cut"
                : "closed the connection during the TLS handshake");
}

void TlsStream::OnBroken(const std::string& why) { Break(why); }

// The last thing done to us.
void TlsStream::Break(const std::string& why) {
  if (std::exchange(broken_, true)) return;
  loop_.Cancel(std::exchange(timer_, 0));
  if (events_ != nullptr) events_->OnBroken(why);
}

// --- Writing ----------------------------------------------------------------

std::optional<size_t> TlsStream::Write(std::string_view bytes) {
  if (broken_ || write_dead_ || shut_) return std::nullopt;
  size_t taken = 0;
  while (shaken_ && unsent_.empty() && taken < bytes.size()) {
    ERR_clear_error();
    size_t piece = std::min(bytes.size() - taken, kWriteBytes);
    int n = SSL_write(session_, bytes.data() + taken, static_cast<int>(piece));
    if (n <= 0) write_dead_ = true;
    if (!write_dead_) Flush();
    if (write_dead_) return std::nullopt;
    taken += static_cast<size_t>(n);
  }
  if (taken < bytes.size()) writer_waits_ = true;
  return taken;
}

// Hands the session's ciphertext to the socket; what that does not take waits
// in unsent_, of which there is little: nothing new is made meanwhile.
void TlsStream::Flush() {
  char records[kWriteBytes];
  for (int n; (n = BIO_read(leaving_, records, sizeof records)) > 0;) {
    std::string_view rest(records, static_cast<size_t>(n));
    if (unsent_.empty() && !write_dead_) {
      std::optional<size_t> taken = socket_.Write(rest);
      if (!taken) write_dead_ = true;
      rest.remove_prefix(taken.value_or(rest.size()));
    }
    unsent_ += rest;
  }
}

void TlsStream::OnWritable() {
  if (!unsent_.empty()) {
    std::optional<size_t> taken = socket_.Write(unsent_);
    if (!taken) write_dead_ = true;
    unsent_.erase(0, taken.value_or(unsent_.size()));
  }
  if (!unsent_.empty()) return;
  if (shut_) return socket_.ShutdownWrite();
  if (shaken_ && std::exchange(writer_waits_, false) && events_ != nullptr) {
    events_->OnWritable();
  }
}

void TlsStream::ShutdownWrite() {
  if (std::exchange(shut_, true) || broken_) return;
  if (shaken_) {
    SSL_shutdown(session_);
    Flush();
  }
  if (unsent_.empty()) socket_.ShutdownWrite();
}

}  // namespace herald::net
