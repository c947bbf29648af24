// SPDX-License-Identifier: Apache-2.0
//
// HTTP/3 on one connection, either end: nghttp3 does the framing and QPACK
// (static table only: nothing to block on, nothing to bomb), the validator of
// core/http judges every section while it is decoded, and each exchange looks
// like any other codec's (core/http/exchange.h).
//
// nghttp3 treats a malformed message (a body unlike its content-length, a
// forbidden field) as the connection's error, so a peer that sends one loses
// the connection. Our own sending end therefore checks lengths before it
// writes an end, and resets the one exchange instead.
#pragma once

#include <nghttp3/nghttp3.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/http/exchange.h"
#include "sidecar/transport/connection.h"
#include "sidecar/transport/h3_exchange.h"
#include "sidecar/transport/options.h"
#include "sidecar/transport/send_order.h"
#include "sidecar/transport/token_bucket.h"

namespace herald::transport {

class H3SessionEvents {
 public:
  virtual ~H3SessionEvents() = default;
  // The peer is known and requests may flow.
  virtual void OnSessionReady() = 0;
  // Something is to be written: flush at the end of the turn.
  virtual void OnSessionActivity() = 0;
  // CanOpen() may have changed.
  virtual void OnSessionCapacity() = 0;
};

// Owned by a MeshLink beside its Connection, which must be attached before
// anything is fed and outlive it. Handles may outlive the session.
class H3Session final : public ConnectionUser {
 public:
  // `handler` is null at client ends.
  H3Session(const TransportOptions& options, http::RequestHandler* handler,
            H3SessionEvents& events, Time now);
  ~H3Session() override;
  H3Session(const H3Session&) = delete;
  H3Session& operator=(const H3Session&) = delete;

  void Attach(Connection& connection) { connection_ = &connection; }

  bool ready() const { return h3_ != nullptr; }
  bool CanOpen() const;
  // REQUIRES: CanOpen().
  std::unique_ptr<http::Stream> Open(const http::RequestHead& head, bool end,
                                     http::StreamEvents* events);

  // GOAWAY in two steps (RFC 9114 §5.2): first "open no more", and a while
  // later the id up to which we serve.
  void AnnounceDrain();
  void FinishDrain();
  // The other end opens no more, or we do not.
  bool draining() const { return draining_; }
  // Those that somebody still waits for, here or at the other end.
  size_t open_streams() const;

  // The handler goes; requests are refused from now on.
  void StopServing();

  // Carries out resets. Before each flush, outside of any callback.
  void BeforeWrite();
  // The connection is over. Tells every user.
  void Lose();

  // ConnectionUser:
  bool OnHandshakeDone() override;
  bool OnStreamBytes(int64_t stream, std::span<const uint8_t> bytes,
                     bool fin) override;
  bool OnAcked(int64_t stream, uint64_t n) override;
  void OnStreamReset(int64_t stream, uint64_t code) override;
  void OnStopSending(int64_t stream, uint64_t code) override;
  bool OnStreamClosed(int64_t stream, std::optional<uint64_t> code) override;
  void OnStreamWritable(int64_t stream) override;
  void OnStreamsAllowed() override;
  bool NextOutput(Output& output, ngtcp2_vec* vectors,
                  size_t max_vectors) override;
  bool OnWritten(int64_t stream, size_t n) override;
  void OnBlocked(int64_t stream) override;
  void OnShutForWriting(int64_t stream) override;

 private:
  friend class H3Stream;
  friend struct H3Callbacks;

  // From the handle.
  void SendResponse(H3Exchange& x, const http::ResponseHead& head, bool end);
  void SendData(H3Exchange& x, std::string_view data, bool end);
  void SendTrailers(H3Exchange& x, const http::Headers& trailers);
  void Cancel(H3Exchange& x, http::Reset reason);
  void Consume(H3Exchange& x, size_t n);
  void OnHandleGone(H3Exchange& x);

  // From nghttp3.
  void BeginSection(H3Exchange& x, http::Section section);
  void AddField(H3Exchange& x, std::string_view name, std::string_view value);
  void EndHead(H3Exchange& x, bool fin);
  void EndRequestHead(H3Exchange& x, bool fin);
  void EndResponseHead(H3Exchange& x, bool fin);
  void EndTrailers(H3Exchange& x);
  void OnBody(H3Exchange& x, std::string_view data);
  void OnEnd(H3Exchange& x);
  void OnGoaway(int64_t first_unserved);

  bool Check(int64_t result);
  bool MakeHttp3();
  H3Exchange* Find(int64_t stream);
  H3Exchange& Make(int64_t stream);
  bool TakeReset();
  void EndOutgoing(H3Exchange& x);
  void Offer(H3Exchange& x);
  static uint8_t RankOf(const H3Exchange& x);
  static void TakeUrgency(H3Exchange& x, const http::Headers& headers);
  void AskForTurn(H3Exchange& x);
  bool GiveTurn();
  nghttp3_ssize TakePiece(H3Exchange& x, nghttp3_vec* vectors, size_t max,
                          uint32_t* flags);
  void Abort(H3Exchange& x, uint64_t code);
  void Kill(H3Exchange& x, http::Reset reason, uint64_t code);
  void Report(H3Exchange& x, http::Reset reason);
  void ReturnCredit(H3Exchange& x);
  void GiveStreamBack();
  void ForgetIfDone(H3Exchange& x);
  void Activity() { events_.OnSessionActivity(); }

  const TransportOptions& options_;
  uint64_t streams_owed_ = 0;      // of the peer's, over but not yet given back
  http::RequestHandler* handler_;  // null at client ends
  H3SessionEvents& events_;
  Connection* connection_ = nullptr;
  nghttp3_conn* h3_ = nullptr;
  // In order of id, so that Lose() tells them in the order they began.
  std::map<int64_t, std::unique_ptr<H3Exchange>> exchanges_;
  std::vector<int64_t> to_abort_;
  SendOrder order_;
  TokenBucket resets_;
  bool draining_ = false;
  bool lost_ = false;
};

}  // namespace herald::transport
