// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/connection.h"

#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cstring>

#include "core/base/check.h"
#include "core/net/tls.h"
#include "sidecar/transport/connection_callbacks.h"

namespace herald::transport {
namespace {

constexpr uint64_t kUniStreams = 8;  // HTTP/3 needs three; room for greasing
constexpr uint64_t kUniStreamWindow = 64 << 10;
// We take datagrams up to this; probes need less than 100 bytes.
constexpr uint64_t kMaxDatagramFrame = 600;
// TLS alert no_application_protocol (RFC 7301) as a QUIC error.
constexpr uint64_t kNoApplicationProtocol = NGTCP2_CRYPTO_ERROR + 120;

ngtcp2_conn* ConnOf(ngtcp2_crypto_conn_ref* ref) {
  return *static_cast<ngtcp2_conn**>(ref->user_data);
}

ngtcp2_addr ToAddr(const Address& address) {
  return {const_cast<ngtcp2_sockaddr*>(address.get()), address.length()};
}

ngtcp2_path ToPath(const net::Path& path) {
  return {ToAddr(path.local), ToAddr(path.remote), nullptr};
}

bool Same(const ngtcp2_addr& a, const Address& b) {
  return a.addrlen == b.length() &&
         std::memcmp(a.addr, b.get(), a.addrlen) == 0;
}

ngtcp2_cid RandomId(size_t size) {
  ngtcp2_cid id;
  id.datalen = size;
  RAND_bytes(id.data, static_cast<int>(size));
  return id;
}

uint64_t Nanos(Duration d) { return static_cast<uint64_t>(d.count()); }

}  // namespace

Connection::Connection(const ConnectionSetup& setup, ConnectionUser& user,
                       DatagramUser& datagrams, ConnectionIdEvents& ids,
                       Time now)
    : user_(user),
      datagrams_(datagrams),
      ids_(ids),
      options_(*setup.options),
      reset_secret_(setup.reset_secret),
      session_(setup.session),
      path_(setup.path),
      path_size_(options_.mtu_probes),
      last_(ToNanos(now)) {
  // Fetches the ciphers once for the process; its result does not change.
  static const int ciphers_ready = ngtcp2_crypto_ossl_init();
  HERALD_CHECK(ciphers_ready == 0, "OpenSSL has TLS 1.3's ciphers");
  ngtcp2_ccerr_default(&close_);
  HERALD_CHECK(ngtcp2_crypto_ossl_ctx_new(&tls_, session_) == 0,
               "fails only without memory");
  if (setup.initial != nullptr) {
    MakeServer(setup);
    ngtcp2_crypto_ossl_configure_server_session(session_);
  } else {
    MakeClient(setup);
    ngtcp2_crypto_ossl_configure_client_session(session_);
  }
  ref_ = {ConnOf, &conn_};
  SSL_set_app_data(session_, &ref_);
  ngtcp2_conn_set_tls_native_handle(conn_, tls_);
}

Connection::~Connection() {
  // In this order; OpenSSL must not reach for the connection any more.
  SSL_set_app_data(session_, nullptr);
  SSL_free(session_);
  ngtcp2_crypto_ossl_ctx_del(tls_);
  ngtcp2_conn_del(conn_);
}

void Connection::FillSettings(const ConnectionSetup& setup,
                              ngtcp2_settings& settings,
                              ngtcp2_transport_params& params) {
  ngtcp2_settings_default(&settings);
  settings.initial_ts = last_;
  settings.cc_algo = NGTCP2_CC_ALGO_CUBIC;
  settings.initial_rtt = Nanos(options_.initial_rtt);
  settings.handshake_timeout = Nanos(options_.handshake_timeout);
  settings.ack_thresh = options_.ack_threshold;
  // No automatic windows: the user's credit is the window.
  settings.max_window = 0;
  settings.max_stream_window = 0;
  settings.token = setup.token.empty() ? nullptr : setup.token.data();
  settings.tokenlen = setup.token.size();
  settings.no_pmtud = options_.mtu_probes.empty();
  if (!options_.mtu_probes.empty()) {
    settings.pmtud_probes = options_.mtu_probes.data();
    settings.pmtud_probeslen = options_.mtu_probes.size();
    settings.max_tx_udp_payload_size = *std::max_element(
        options_.mtu_probes.begin(), options_.mtu_probes.end());
  }

  ngtcp2_transport_params_default(&params);
  params.initial_max_data = options_.connection_window;
  params.initial_max_stream_data_bidi_local = options_.stream_window;
  params.initial_max_stream_data_bidi_remote = options_.stream_window;
  params.initial_max_stream_data_uni = kUniStreamWindow;
  params.initial_max_streams_bidi =
      setup.initial != nullptr ? options_.max_streams : 0;
  params.initial_max_streams_uni = kUniStreams;
  params.max_idle_timeout = Nanos(options_.idle_timeout);
  params.max_ack_delay = Nanos(options_.max_ack_delay);
  params.active_connection_id_limit = 7;
  params.max_datagram_frame_size = options_.datagrams ? kMaxDatagramFrame : 0;
}

void Connection::MakeClient(const ConnectionSetup& setup) {
  ngtcp2_settings settings;
  ngtcp2_transport_params params;
  FillSettings(setup, settings, params);
  ngtcp2_cid to = RandomId(NGTCP2_MAX_CIDLEN);
  ngtcp2_cid from = RandomId(kConnectionIdSize);
  ngtcp2_path path = ToPath(path_);
  int rv =
      ngtcp2_conn_client_new(&conn_, &to, &from, &path, NGTCP2_PROTO_VER_V1,
                             &kCallbacks, &settings, &params, nullptr, this);
  HERALD_CHECK(rv == 0, "fails only without memory");
  ids_.OnIdAdded(ConnectionId({from.data, from.datalen}));
}

void Connection::MakeServer(const ConnectionSetup& setup) {
  const InitialPacket& initial = *setup.initial;
  const ngtcp2_pkt_hd& header = initial.header;
  ngtcp2_settings settings;
  ngtcp2_transport_params params;
  FillSettings(setup, settings, params);
  if (initial.token_type != NGTCP2_TOKEN_TYPE_UNKNOWN) {
    settings.token = header.token;
    settings.tokenlen = header.tokenlen;
    settings.token_type = initial.token_type;
  }
  params.original_dcid = initial.original_id.value_or(header.dcid);
  params.original_dcid_present = 1;
  if (initial.token_type == NGTCP2_TOKEN_TYPE_RETRY) {
    params.retry_scid = header.dcid;
    params.retry_scid_present = 1;
  }
  ngtcp2_cid own = RandomId(kConnectionIdSize);
  ngtcp2_crypto_generate_stateless_reset_token(params.stateless_reset_token,
                                               reset_secret_.data(),
                                               reset_secret_.size(), &own);
  params.stateless_reset_token_present = 1;
  ngtcp2_path path = ToPath(path_);
  int rv =
      ngtcp2_conn_server_new(&conn_, &header.scid, &own, &path, header.version,
                             &kCallbacks, &settings, &params, nullptr, this);
  HERALD_CHECK(rv == 0, "fails only without memory");
  ids_.OnIdAdded(ConnectionId({own.data, own.datalen}));
  ids_.OnIdAdded(ConnectionId({header.dcid.data, header.dcid.datalen}));
}

uint64_t Connection::Stamp(Time now) {
  last_ = std::max(last_, ToNanos(now));
  return last_;
}

void Connection::Feed(std::span<const uint8_t> datagram, const net::Path& along,
                      net::Ecn ecn, Time now) {
  if (state_ != State::kOpen || datagram.empty()) return;
  ngtcp2_path path = ToPath(along);
  ngtcp2_pkt_info info = {static_cast<uint8_t>(ecn)};
  int rv = ngtcp2_conn_read_pkt(conn_, &path, &info, datagram.data(),
                                datagram.size(), Stamp(now));
  if (rv != 0) return Fail(rv);
  FollowPeer();
}

void Connection::Move(const Address& local, Time now) {
  path_.local = local;
  if (state_ != State::kOpen) return;
  ngtcp2_path path = ToPath(path_);
  bool client = ngtcp2_conn_is_server2(conn_) == 0;
  // Where that cannot be (no spare connection id yet), the peer sees what it
  // would see of a NAT that rebinds, and follows as well.
  if (!client || !handshake_done_ ||
      ngtcp2_conn_initiate_immediate_migration(conn_, &path, Stamp(now)) != 0) {
    ngtcp2_conn_set_local_addr(conn_, &path.local);
  }
}

// The peer may have gone on from another address. That counts once it has
// proven that it receives there.
void Connection::FollowPeer() {
  const ngtcp2_path* now = ngtcp2_conn_get_path2(conn_);
  if (!Same(now->local, path_.local)) {
    path_.local = Address::FromSockaddr(now->local.addr, now->local.addrlen);
  }
  if (validating_ || Same(now->remote, path_.remote)) return;
  const Address remote =
      Address::FromSockaddr(now->remote.addr, now->remote.addrlen);
  if (remote == path_.remote) return;
  path_.remote = remote;
  ++moves_;
}

Time Connection::NextDeadline() const {
  if (state_ != State::kOpen) return kNever;
  return FromNanos(ngtcp2_conn_get_expiry2(conn_));
}

void Connection::OnDeadline(Time now) {
  if (state_ != State::kOpen) return;
  uint64_t stamp = Stamp(now);
  if (ngtcp2_conn_get_expiry2(conn_) > stamp) return;
  int rv = ngtcp2_conn_handle_expiry(conn_, stamp);
  if (rv != 0) Fail(rv);
}

void Connection::OnProgress(Time now) {
  ngtcp2_conn_info info;
  ngtcp2_conn_get_conn_info2(conn_, &info);
  bool heard = info.pkt_recv != packets_received_;
  packets_received_ = info.pkt_recv;
  path_size_.OnLost(info.pkt_lost - packets_lost_,
                    info.bytes_lost - bytes_lost_, now);
  packets_lost_ = info.pkt_lost;
  bytes_lost_ = info.bytes_lost;
  if (info.bytes_in_flight == 0) {
    silent_since_.reset();
  } else if (heard || !silent_since_) {
    silent_since_ = now;
  }
}

void Connection::Fail(int error) {
  const ngtcp2_ccerr* theirs = ngtcp2_conn_get_ccerr2(conn_);
  state_ = State::kOver;
  switch (error) {
    case NGTCP2_ERR_DRAINING:
      why_ =
          "closed by the peer with code " + std::to_string(theirs->error_code);
      if (theirs->type == NGTCP2_CCERR_TYPE_TRANSPORT &&
          theirs->error_code >= NGTCP2_CRYPTO_ERROR &&
          theirs->error_code < NGTCP2_CRYPTO_ERROR + 256) {
        why_ = "the peer refused our certificate or offer, TLS alert " +
               std::to_string(theirs->error_code - NGTCP2_CRYPTO_ERROR);
      }
      return;
    case NGTCP2_ERR_RETRY:
      wants_retry_ = true;
      return;
    case NGTCP2_ERR_IDLE_CLOSE:
      why_ = "idle";
      return;
    case NGTCP2_ERR_HANDSHAKE_TIMEOUT:
      why_ = "no handshake in time";
      return;
    case NGTCP2_ERR_DROP_CONN:
    case NGTCP2_ERR_CLOSING:
      why_ = ngtcp2_strerror(error);
      return;
    default:
      break;
  }
  state_ = State::kFailing;
  farewell_ = true;
  if (error == NGTCP2_ERR_CRYPTO) {
    uint8_t alert = ngtcp2_conn_get_tls_alert2(conn_);
    ngtcp2_ccerr_set_tls_alert(&close_, alert, nullptr, 0);
    why_ = net::WhyRefused(session_);
    if (why_.empty()) why_ = "TLS alert " + std::to_string(alert);
  } else if (error != NGTCP2_ERR_CALLBACK_FAILURE || why_.empty()) {
    ngtcp2_ccerr_set_liberr(&close_, error, nullptr, 0);
    why_ = ngtcp2_strerror(error);
  }
}

bool Connection::FinishHandshake() {
  peer_ = net::PeerIdentity(session_);
  if (!peer_) {
    FailWith(NGTCP2_INTERNAL_ERROR, "the peer proved no identity");
    return false;
  }
  peer_until_ = net::PeerNotAfter(session_);
  if (!net::Chose(session_, net::Protocol::kHttp3)) {
    ngtcp2_ccerr_set_transport_error(&close_, kNoApplicationProtocol, nullptr,
                                     0);
    why_ = "the peer does not speak h3";
    return false;
  }
  if (ngtcp2_conn_is_server2(conn_) == 0) {
    ngtcp2_conn_set_keep_alive_timeout(conn_, Nanos(options_.keep_alive));
  }
  handshake_done_ = true;
  return user_.OnHandshakeDone();
}

bool Connection::TrustedBy(const net::TlsContext& tls) const {
  return tls.Vouches(session_);
}

void Connection::FailWith(uint64_t code, const std::string& why) {
  ngtcp2_ccerr_set_application_error(&close_, code, nullptr, 0);
  why_ = why;
}

void Connection::Close(uint64_t code, const std::string& reason) {
  if (state_ != State::kOpen) return;
  FailWith(code, reason);
  state_ = State::kFailing;
  farewell_ = true;
}

void Connection::Abandon(const std::string& reason) {
  if (state_ == State::kOver) return;
  why_ = reason;
  state_ = State::kOver;
  farewell_ = false;
}

RttSample Connection::Rtt() const {
  ngtcp2_conn_info info;
  ngtcp2_conn_get_conn_info2(conn_, &info);
  return {Duration(static_cast<int64_t>(info.smoothed_rtt)),
          Duration(static_cast<int64_t>(info.rttvar)),
          Duration(static_cast<int64_t>(info.min_rtt))};
}

uint64_t Connection::packets_lost() const {
  ngtcp2_conn_info info;
  ngtcp2_conn_get_conn_info2(conn_, &info);
  return info.pkt_lost;
}

uint64_t Connection::BytesInFlight() const {
  ngtcp2_conn_info info;
  ngtcp2_conn_get_conn_info2(conn_, &info);
  return info.bytes_in_flight;
}

std::optional<int64_t> Connection::OpenRequestStream() {
  int64_t stream = -1;
  if (state_ != State::kOpen ||
      ngtcp2_conn_open_bidi_stream(conn_, &stream, nullptr) != 0) {
    return std::nullopt;
  }
  return stream;
}

std::optional<int64_t> Connection::OpenUniStream() {
  int64_t stream = -1;
  if (ngtcp2_conn_open_uni_stream(conn_, &stream, nullptr) != 0) {
    return std::nullopt;
  }
  return stream;
}

uint64_t Connection::RequestStreamsLeft() const {
  return state_ == State::kOpen ? ngtcp2_conn_get_streams_bidi_left2(conn_) : 0;
}

size_t Connection::DatagramRoom() const {
  constexpr uint64_t kFrameHead = 3;  // type and length
  const ngtcp2_transport_params* theirs =
      ngtcp2_conn_get_remote_transport_params2(conn_);
  uint64_t frame = theirs == nullptr ? 0 : theirs->max_datagram_frame_size;
  return frame <= kFrameHead ? 0 : static_cast<size_t>(frame - kFrameHead);
}

uint64_t Connection::DataLeft() const {
  return ngtcp2_conn_get_max_data_left2(conn_);
}

uint64_t Connection::PeerWindow() const {
  const ngtcp2_transport_params* theirs =
      ngtcp2_conn_get_remote_transport_params2(conn_);
  return theirs == nullptr ? 0 : theirs->initial_max_data;
}

void Connection::ShutdownRead(int64_t stream, uint64_t code) {
  ngtcp2_conn_shutdown_stream_read(conn_, 0, stream, code);
}

void Connection::ShutdownWrite(int64_t stream, uint64_t code) {
  ngtcp2_conn_shutdown_stream_write(conn_, 0, stream, code);
}

void Connection::ExtendStream(int64_t stream, uint64_t n) {
  ngtcp2_conn_extend_max_stream_offset(conn_, stream, n);
}

void Connection::ExtendConnection(uint64_t n) {
  ngtcp2_conn_extend_max_offset(conn_, n);
}

void Connection::AllowStreams(size_t n) {
  ngtcp2_conn_extend_max_streams_bidi(conn_, n);
}

void Connection::SubmitToken(std::span<const uint8_t> token) {
  ngtcp2_conn_submit_new_token(conn_, token.data(), token.size());
}

}  // namespace herald::transport
