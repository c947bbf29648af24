// SPDX-License-Identifier: Apache-2.0
//
// One call on one connection, from its first byte to its outcome. Unary calls
// and streams are both made of it. What goes wrong ends in reply(): it never
// hangs beyond its deadline, and never reports an outcome twice.
//
//   Begin -> Send* -> (AwaitHead) -> Next* -> nullopt: reply() is final
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/http/exchange.h"
#include "herald/call.h"
#include "sdk/src/connection.h"

namespace herald::sdk {

// One thread at a time, but for Cancel.
class Conversation final : public http::StreamEvents {
 public:
  explicit Conversation(Time deadline) : deadline_(deadline) {}
  ~Conversation() override;

  // Opens the exchange. With `end` there is no body.
  void Begin(std::unique_ptr<Connection> connection,
             const http::RequestHead& head, bool end);
  // Never begun: reply() says why.
  void FailBeforehand(Outcome outcome, const std::string& detail);

  // Waits until `piece` has left. False when the call is over early.
  bool Send(std::string_view piece, bool end);
  // False: no answer came.
  bool AwaitHead();
  // The next piece; nullopt when the answer is over and reply() is final. The
  // body of an erring answer goes to reply().body.
  std::optional<std::string> Next();
  // From any thread.
  void Cancel();

  const Reply& reply() const { return reply_; }
  Reply& reply() { return reply_; }
  bool sending() const { return !out_ended_ && !concluded_; }
  // No answer came and none of ours may have been acted upon, as far as this
  // end can know: a new connection may be tried.
  bool LostOnUsedConnection() const { return lost_on_used_; }
  bool nothing_sent() const { return nothing_sent_; }

  // The connection, when both halves ended well; else null.
  std::unique_ptr<Connection> Release();

  void OnResponse(http::ResponseHead head, bool end) override;
  void OnData(std::string_view data, bool end) override;
  void OnTrailers(http::Headers trailers) override;
  void OnSent(size_t n) override;
  void OnReset(http::Reset reason) override;

 private:
  // One turn; false when the call has to end (and has been concluded). A
  // closed connection ends it if an answer is `awaited`.
  bool Pump(bool awaited = true);
  bool over() const { return in_ended_ || reset_.has_value(); }
  void CollectError();
  void ConcludeEnd();
  void Stop(Outcome outcome, const std::string& detail);

  const Time deadline_;
  std::mutex connection_mutex_;  // Cancel looks at the pointer
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<http::Stream> stream_;
  std::atomic<bool> cancelled_ = false;

  Reply reply_;
  std::string buffer_;  // what came and was not asked for yet
  size_t unsent_ = 0;
  uint64_t events_ = 0;  // how often the stream spoke; see Wire::Turn
  uint64_t sent_before_ = 0;
  bool head_came_ = false;
  bool in_ended_ = false;
  bool out_ended_ = false;
  bool concluded_ = false;
  bool lost_on_used_ = false;
  bool nothing_sent_ = false;
  std::optional<http::Reset> reset_;
};

}  // namespace herald::sdk
