// SPDX-License-Identifier: Apache-2.0
#include "sidecar/transport/h3_callbacks.h"

#include <openssl/rand.h>

#include "sidecar/transport/h3_session.h"

namespace herald::transport {
namespace {

std::string_view Text(nghttp3_rcbuf* buffer) {
  nghttp3_vec v = nghttp3_rcbuf_get_buf(buffer);
  return {reinterpret_cast<const char*>(v.base), v.len};
}

}  // namespace

// Each finds the exchange's books in `x` and passes the word on. A request
// stream gets its books with its first section.
struct H3Callbacks {
  static H3Session& Of(void* session) {
    return *static_cast<H3Session*>(session);
  }
  static H3Exchange* Books(void* x) { return static_cast<H3Exchange*>(x); }

  static int BeginHeaders(nghttp3_conn* h3, int64_t stream, void* self,
                          void* x) {
    H3Session& session = Of(self);
    bool server = session.handler_ != nullptr;
    if (x == nullptr && server) {
      H3Exchange& made = session.Make(stream);
      nghttp3_conn_set_stream_user_data(h3, stream, &made);
      // Turn about, so that small calls pass a large one.
      nghttp3_pri turns = {NGHTTP3_DEFAULT_URGENCY, 1};
      nghttp3_conn_set_server_stream_priority(h3, stream, &turns);
      x = &made;
    }
    if (x != nullptr) {
      session.BeginSection(*Books(x), server ? http::Section::kRequest
                                             : http::Section::kResponse);
    }
    return 0;
  }
  static int BeginTrailers(nghttp3_conn*, int64_t, void* self, void* x) {
    if (x) Of(self).BeginSection(*Books(x), http::Section::kTrailers);
    return 0;
  }
  static int Field(nghttp3_conn*, int64_t, int32_t, nghttp3_rcbuf* name,
                   nghttp3_rcbuf* value, uint8_t, void* self, void* x) {
    if (x) Of(self).AddField(*Books(x), Text(name), Text(value));
    return 0;
  }
  static int EndHeaders(nghttp3_conn*, int64_t, int fin, void* self, void* x) {
    if (x) Of(self).EndHead(*Books(x), fin != 0);
    return 0;
  }
  static int EndTrailers(nghttp3_conn*, int64_t, int, void* self, void* x) {
    if (x) Of(self).EndTrailers(*Books(x));
    return 0;
  }
  static int Data(nghttp3_conn*, int64_t, const uint8_t* bytes, size_t size,
                  void* self, void* x) {
    if (x) {
      Of(self).OnBody(*Books(x), {reinterpret_cast<const char*>(bytes), size});
    }
    return 0;
  }
  static int EndStream(nghttp3_conn*, int64_t, void* self, void* x) {
    if (x) Of(self).OnEnd(*Books(x));
    return 0;
  }
  static int Acked(nghttp3_conn*, int64_t, uint64_t n, void*, void* x) {
    H3Exchange* books = Books(x);
    if (books == nullptr || books->over) return 0;
    books->out.Acknowledge(n);
    if (books->events != nullptr && books->handle != nullptr &&
        !books->finished()) {
      books->events->OnSent(n);
    }
    return 0;
  }
  static int Goaway(nghttp3_conn*, int64_t id, void* self) {
    Of(self).OnGoaway(id);
    return 0;
  }
  // Streams beyond our GOAWAY.
  static int StopSending(nghttp3_conn*, int64_t stream, uint64_t code,
                         void* self, void*) {
    Of(self).connection_->ShutdownRead(stream, code);
    return 0;
  }
  static int ResetStream(nghttp3_conn*, int64_t stream, uint64_t code,
                         void* self, void*) {
    Of(self).connection_->ShutdownWrite(stream, code);
    return 0;
  }
  static void Random(uint8_t* to, size_t size) {
    RAND_bytes(to, static_cast<int>(size));
  }

  static nghttp3_ssize ReadBody(nghttp3_conn*, int64_t, nghttp3_vec* vectors,
                                size_t max, uint32_t* flags, void*, void* x) {
    H3Exchange* books = Books(x);
    if (books == nullptr) return NGHTTP3_ERR_CALLBACK_FAILURE;
    return books->session->TakePiece(*books, vectors, max, flags);
  }

  static nghttp3_callbacks Table() {
    nghttp3_callbacks c = {};
    c.begin_headers = BeginHeaders;
    c.recv_header = Field;
    c.end_headers = EndHeaders;
    c.begin_trailers = BeginTrailers;
    c.recv_trailer = Field;
    c.end_trailers = EndTrailers;
    c.recv_data = Data;
    c.end_stream = EndStream;
    c.acked_stream_data = Acked;
    c.shutdown = Goaway;
    c.stop_sending = StopSending;
    c.reset_stream = ResetStream;
    c.rand = Random;
    return c;
  }
};

const nghttp3_callbacks kH3Callbacks = H3Callbacks::Table();
const nghttp3_data_reader kBodyReader = {H3Callbacks::ReadBody};

}  // namespace herald::transport
