// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/connection_callbacks.h"

#include <ngtcp2/ngtcp2_crypto.h>
#include <openssl/rand.h>

#include <cstring>
#include <optional>

#include "sidecar/transport/connection.h"

namespace herald::transport {

// Each finds its Connection in `user_data` and passes the word on.
struct ConnectionCallbacks {
  static Connection& Of(void* user_data) {
    return *static_cast<Connection*>(user_data);
  }
  static int Result(bool ok) { return ok ? 0 : NGTCP2_ERR_CALLBACK_FAILURE; }

  static int HandshakeCompleted(ngtcp2_conn* conn, void* self) {
    // A client waits for the server's confirmation: until then the server may
    // still refuse our certificate, and a request sent could be lost.
    if (ngtcp2_conn_is_server2(conn) == 0) return 0;
    return Result(Of(self).FinishHandshake());
  }
  static int HandshakeConfirmed(ngtcp2_conn*, void* self) {
    return Result(Of(self).FinishHandshake());
  }
  static int StreamData(ngtcp2_conn*, uint32_t flags, int64_t stream, uint64_t,
                        const uint8_t* bytes, size_t size, void* self, void*) {
    bool fin = (flags & NGTCP2_STREAM_DATA_FLAG_FIN) != 0;
    return Result(Of(self).user_.OnStreamBytes(stream, {bytes, size}, fin));
  }
  static int Acked(ngtcp2_conn*, int64_t stream, uint64_t, uint64_t n,
                   void* self, void*) {
    Of(self).path_size_.OnDelivered(n);
    return Result(Of(self).user_.OnAcked(stream, n));
  }
  static int Closed(ngtcp2_conn*, uint32_t flags, int64_t stream, uint64_t code,
                    void* self, void*) {
    std::optional<uint64_t> why;
    if (flags & NGTCP2_STREAM_CLOSE_FLAG_APP_ERROR_CODE_SET) why = code;
    return Result(Of(self).user_.OnStreamClosed(stream, why));
  }
  static int WasReset(ngtcp2_conn*, int64_t stream, uint64_t, uint64_t code,
                      void* self, void*) {
    Of(self).user_.OnStreamReset(stream, code);
    return 0;
  }
  static int StopSending(ngtcp2_conn*, int64_t stream, uint64_t code,
                         void* self, void*) {
    Of(self).user_.OnStopSending(stream, code);
    return 0;
  }
  static int Writable(ngtcp2_conn*, int64_t stream, uint64_t, void* self,
                      void*) {
    Of(self).user_.OnStreamWritable(stream);
    return 0;
  }
  static int StreamsAllowed(ngtcp2_conn*, uint64_t, void* self) {
    Of(self).user_.OnStreamsAllowed();
    return 0;
  }
  static int NewId(ngtcp2_conn*, ngtcp2_cid* id,
                   ngtcp2_stateless_reset_token* token, size_t size,
                   void* self) {
    id->datalen = size;
    if (RAND_bytes(id->data, static_cast<int>(size)) != 1) {
      return NGTCP2_ERR_CALLBACK_FAILURE;
    }
    std::span<const uint8_t> secret = Of(self).reset_secret_;
    if (ngtcp2_crypto_generate_stateless_reset_token(token->data, secret.data(),
                                                     secret.size(), id) != 0) {
      return NGTCP2_ERR_CALLBACK_FAILURE;
    }
    Of(self).ids_.OnIdAdded(ConnectionId({id->data, id->datalen}));
    return 0;
  }
  static int RemoveId(ngtcp2_conn*, const ngtcp2_cid* id, void* self) {
    Of(self).ids_.OnIdRemoved(ConnectionId({id->data, id->datalen}));
    return 0;
  }
  static int NewToken(ngtcp2_conn*, const uint8_t* token, size_t size,
                      void* self) {
    Of(self).ids_.OnNewToken({token, size});
    return 0;
  }
  // The way that a peer left is looked at too, after it has proven its new
  // one; that does not concern us.
  static bool IsPresent(ngtcp2_conn* conn, const ngtcp2_path* path) {
    const ngtcp2_addr& now = ngtcp2_conn_get_path2(conn)->remote;
    return now.addrlen == path->remote.addrlen &&
           std::memcmp(now.addr, path->remote.addr, now.addrlen) == 0;
  }
  static int PathDoubted(ngtcp2_conn* conn, uint32_t, const ngtcp2_path* path,
                         const ngtcp2_path*, void* self) {
    Of(self).validating_ = IsPresent(conn, path);
    return 0;
  }
  static int PathJudged(ngtcp2_conn* conn, uint32_t, const ngtcp2_path* path,
                        const ngtcp2_path*, ngtcp2_path_validation_result,
                        void* self) {
    if (IsPresent(conn, path)) Of(self).validating_ = false;
    return 0;
  }
  static int Datagram(ngtcp2_conn*, uint32_t, const uint8_t* bytes, size_t size,
                      void* self) {
    Of(self).datagrams_.OnDatagram({bytes, size}, FromNanos(Of(self).last_));
    return 0;
  }
  static void Random(uint8_t* to, size_t size, const ngtcp2_rand_ctx*) {
    RAND_bytes(to, static_cast<int>(size));
  }

  static ngtcp2_callbacks Table() {
    ngtcp2_callbacks c = {};
    c.client_initial = ngtcp2_crypto_client_initial_cb;
    c.recv_client_initial = ngtcp2_crypto_recv_client_initial_cb;
    c.recv_crypto_data = ngtcp2_crypto_recv_crypto_data_cb;
    c.encrypt = ngtcp2_crypto_encrypt_cb;
    c.decrypt = ngtcp2_crypto_decrypt_cb;
    c.hp_mask = ngtcp2_crypto_hp_mask_cb;
    c.recv_retry = ngtcp2_crypto_recv_retry_cb;
    c.update_key = ngtcp2_crypto_update_key_cb;
    c.delete_crypto_aead_ctx = ngtcp2_crypto_delete_crypto_aead_ctx_cb;
    c.delete_crypto_cipher_ctx = ngtcp2_crypto_delete_crypto_cipher_ctx_cb;
    c.version_negotiation = ngtcp2_crypto_version_negotiation_cb;
    c.get_path_challenge_data2 = ngtcp2_crypto_get_path_challenge_data2_cb;
    c.rand = Random;
    c.get_new_connection_id2 = NewId;
    c.remove_connection_id = RemoveId;
    c.recv_new_token = NewToken;
    c.handshake_completed = HandshakeCompleted;
    c.handshake_confirmed = HandshakeConfirmed;
    c.recv_stream_data = StreamData;
    c.acked_stream_data_offset = Acked;
    c.stream_close = Closed;
    c.stream_reset = WasReset;
    c.recv_stop_sending = StopSending;
    c.extend_max_stream_data = Writable;
    c.extend_max_local_streams_bidi = StreamsAllowed;
    c.recv_datagram = Datagram;
    c.begin_path_validation = PathDoubted;
    c.path_validation = PathJudged;
    return c;
  }
};

const ngtcp2_callbacks kCallbacks = ConnectionCallbacks::Table();

}  // namespace herald::transport
