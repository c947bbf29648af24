// SPDX-License-Identifier: Apache-2.0
//
// One QUIC connection without a socket or a clock: datagrams in, batches of
// datagrams out, time handed in. ngtcp2 does the protocol and OpenSSL the
// handshake; this wraps the pair so that nothing else needs to know either.
//
//   Feed(datagram, now)   what arrived
//   Pull(buffer, now)     what to send: up to 64 KiB of equal segments (GSO)
//   NextDeadline()        when to call OnDeadline
//   OnDeadline(now)       loss timers, pacing, idle
//
// What flows on its streams is ConnectionUser's business (h3_session.h). The
// user is called from inside Feed, Pull and OnDeadline, and may write, reset
// and give credit from there; it never destroys the connection from there.
//
// Secrets are never logged, and there is no qlog: it would hold who calls
// whom.
#pragma once

#include <ngtcp2/ngtcp2.h>
#include <ngtcp2/ngtcp2_crypto.h>
#include <ngtcp2/ngtcp2_crypto_ossl.h>
#include <openssl/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "core/base/address.h"
#include "core/base/spiffe_id.h"
#include "core/base/time.h"
#include "core/net/datagram_socket.h"
#include "core/net/tls.h"
#include "sidecar/transport/connection_id.h"
#include "sidecar/transport/options.h"
#include "sidecar/transport/path_size.h"

namespace herald::transport {

// What a connection tells of its streams, and asks for. A false means that
// the other end broke HTTP/3: the connection closes with error().
class ConnectionUser {
 public:
  // A piece of one stream that wants to be sent.
  struct Output {
    int64_t stream = -1;  // -1: nothing
    bool fin = false;
    size_t count = 0;  // of the vectors
  };

  virtual ~ConnectionUser() = default;
  virtual bool OnHandshakeDone() = 0;
  virtual bool OnStreamBytes(int64_t stream, std::span<const uint8_t> bytes,
                             bool fin) = 0;
  virtual bool OnAcked(int64_t stream, uint64_t n) = 0;
  virtual void OnStreamReset(int64_t stream, uint64_t code) = 0;
  virtual void OnStopSending(int64_t stream, uint64_t code) = 0;
  virtual bool OnStreamClosed(int64_t stream, std::optional<uint64_t> code) = 0;
  virtual void OnStreamWritable(int64_t stream) = 0;
  virtual void OnStreamsAllowed() = 0;

  virtual bool NextOutput(Output& output, ngtcp2_vec* vectors,
                          size_t max_vectors) = 0;
  virtual bool OnWritten(int64_t stream, size_t n) = 0;
  virtual void OnBlocked(int64_t stream) = 0;
  virtual void OnShutForWriting(int64_t stream) = 0;
};

// Messages beside the streams (RFC 9221): small, and lost when they are lost.
class DatagramUser {
 public:
  virtual ~DatagramUser() = default;
  virtual void OnDatagram(std::span<const uint8_t> bytes, Time now) = 0;
  // The next to be sent, at most DatagramRoom(); empty: none. Stays valid
  // until OnDatagramWritten.
  virtual std::span<const uint8_t> NextDatagram() = 0;
  virtual void OnDatagramWritten() = 0;
};

// Where connection ids are looked up; ids come and go during a connection.
class ConnectionIdEvents {
 public:
  virtual ~ConnectionIdEvents() = default;
  virtual void OnIdAdded(const ConnectionId& id) = 0;
  virtual void OnIdRemoved(const ConnectionId& id) = 0;
  // Client ends: proof of our address for the next connection.
  virtual void OnNewToken(std::span<const uint8_t> token) = 0;
};

// What a client's first packet said, for the server end.
struct InitialPacket {
  ngtcp2_pkt_hd header;
  // Set when the packet bore a good token.
  ngtcp2_token_type token_type = NGTCP2_TOKEN_TYPE_UNKNOWN;
  std::optional<ngtcp2_cid> original_id;  // from a Retry token
};

struct ConnectionSetup {
  net::Path path;
  const QuicOptions* options;
  std::span<const uint8_t> reset_secret;   // makes stateless reset tokens
  SSL* session;                            // ownership passes
  const InitialPacket* initial = nullptr;  // server ends
  std::span<const uint8_t> token;          // client ends; may be empty
};

// A batch to be sent: `size` bytes in datagrams of `segment`.
struct Outgoing {
  size_t size = 0;
  size_t segment = 0;
  net::Ecn ecn = net::Ecn::kNotEct;
  net::Path path;
};

struct RttSample {
  Duration smoothed{0};
  Duration variation{0};
  Duration minimum{0};
};

// Owned by a MeshLink, together with its user. One thread.
class Connection {
 public:
  enum class State { kOpen, kFailing, kOver };

  // Enough for a GSO batch: one IPv6 datagram's worth of payload less the
  // headers the kernel counts.
  static constexpr size_t kBatchSize = 65487;

  Connection(const ConnectionSetup& setup, ConnectionUser& user,
             DatagramUser& datagrams, ConnectionIdEvents& ids, Time now);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void Feed(std::span<const uint8_t> datagram, const net::Path& along,
            net::Ecn ecn, Time now);
  // Size 0: nothing to send now. REQUIRES: `buffer` holds kBatchSize.
  Outgoing Pull(std::span<uint8_t> buffer, Time now);
  Time NextDeadline() const;
  // There is more to send, and pacing holds it back until NextDeadline().
  bool pacing() const { return pacing_; }
  void OnDeadline(Time now);

  // Client ends: goes on from another address of ours at once, and proves it
  // to the peer meanwhile. A handshake under way is lost by it. Server ends
  // only note it.
  void Move(const Address& local, Time now);
  // How often the peer's address changed and was proven.
  int moves() const { return moves_; }

  // Says goodbye with the next Pull, then is over. `code` is HTTP/3's.
  void Close(uint64_t code, const std::string& reason);
  // Is over without a word: the peer is dead.
  void Abandon(const std::string& reason);
  // The server must answer the first packet with Retry instead.
  bool wants_retry() const { return wants_retry_; }

  State state() const { return state_; }
  // Why it is failing or over, for the log.
  const std::string& why() const { return why_; }

  bool handshake_done() const { return handshake_done_; }
  // Set once the handshake is done.
  const std::optional<SpiffeId>& peer() const { return peer_; }
  // When the peer's certificate ends. Set with peer().
  WallTime peer_until() const { return peer_until_; }
  // Whether the trust there is now vouches for the peer.
  bool TrustedBy(const net::TlsContext& tls) const;
  const Address& remote() const { return path_.remote; }

  RttSample Rtt() const;
  uint64_t BytesInFlight() const;
  // Since when the peer owes us an acknowledgement and was not heard;
  // nullopt while it owes nothing. The detector's input.
  std::optional<Time> silent_since() const { return silent_since_; }
  uint64_t packets_lost() const;
  // How often the path was found to carry less than it did.
  int black_holes() const { return path_size_.black_holes(); }

  // The longest datagram that the peer takes; 0: none at all.
  size_t DatagramRoom() const;

  // For the user.
  std::optional<int64_t> OpenRequestStream();
  std::optional<int64_t> OpenUniStream();
  uint64_t RequestStreamsLeft() const;
  // Bytes that the peer takes now of all streams together, and took at first.
  uint64_t DataLeft() const;
  uint64_t PeerWindow() const;
  void ShutdownRead(int64_t stream, uint64_t code);
  void ShutdownWrite(int64_t stream, uint64_t code);
  void ExtendStream(int64_t stream, uint64_t n);
  void ExtendConnection(uint64_t n);
  void AllowStreams(size_t n);
  void SubmitToken(std::span<const uint8_t> token);
  // HTTP/3's code for a `false` from the user that follows.
  void FailWith(uint64_t code, const std::string& why);
  uint64_t NowNanos() const { return last_; }

 private:
  friend struct ConnectionCallbacks;

  uint64_t Stamp(Time now);
  void MakeClient(const ConnectionSetup& setup);
  void MakeServer(const ConnectionSetup& setup);
  void FillSettings(const ConnectionSetup& setup, ngtcp2_settings& settings,
                    ngtcp2_transport_params& params);
  // The packet being written, as ngtcp2 wants it named in each call.
  struct Room {
    ngtcp2_path* path;
    ngtcp2_pkt_info* info;
    uint8_t* to;
    size_t size;
    uint64_t now;
  };
  bool WriteDatagrams(const Room& room, ngtcp2_ssize& result);
  ngtcp2_ssize WritePacket(const Room& room);
  size_t LongestNow(size_t path, Time now);
  ngtcp2_ssize Fill(std::span<uint8_t> buffer, size_t longest, size_t& segment,
                    const Room& first);
  Outgoing PullClose(std::span<uint8_t> buffer, Time now);
  void Fail(int error);
  void OnProgress(Time now);
  void FollowPeer();
  net::Path Along(const ngtcp2_path& chosen) const;
  bool FinishHandshake();

  ConnectionUser& user_;
  DatagramUser& datagrams_;
  ConnectionIdEvents& ids_;
  const QuicOptions& options_;
  const std::span<const uint8_t> reset_secret_;
  SSL* session_;
  ngtcp2_crypto_ossl_ctx* tls_ = nullptr;
  ngtcp2_crypto_conn_ref ref_ = {};
  ngtcp2_conn* conn_ = nullptr;

  net::Path path_;
  State state_ = State::kOpen;
  bool handshake_done_ = false;
  bool wants_retry_ = false;
  bool farewell_ = false;  // a CONNECTION_CLOSE is to be written
  ngtcp2_ccerr close_ = {};
  std::string why_;
  std::optional<SpiffeId> peer_;
  PathSize path_size_;
  uint64_t packets_lost_ = 0;  // as far as path_size_ was told
  uint64_t bytes_lost_ = 0;
  int moves_ = 0;
  bool validating_ = false;  // a path
  WallTime peer_until_{};
  std::optional<Time> silent_since_;
  uint64_t packets_received_ = 0;
  uint64_t last_ = 0;  // ngtcp2 aborts when time goes backward
  bool pacing_ = false;
};

}  // namespace herald::transport
