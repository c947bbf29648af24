// SPDX-License-Identifier: Apache-2.0
//
// A connection from the sidecar to this agent, and the call being served on
// it. Both are in one thread's hands at a time: the watcher's while they wait,
// a worker's while a handler runs.
#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/http/codec.h"
#include "herald/server.h"
#include "sdk/src/wire.h"

namespace herald {

namespace sdk {
class InboundConnection;
}

// What InboundCall shows. Owned by its connection.
class InboundCall::State final : public http::StreamEvents {
 public:
  State(sdk::InboundConnection* connection, http::RequestHead head,
        std::unique_ptr<http::Stream> stream, bool end);
  ~State() override;

  // Sends the head. With `end` there is no body. False when that was done
  // before or nobody is there.
  bool Begin(int status, const HeaderList& headers, std::string_view body);
  bool Write(std::string_view piece);
  void Abort();
  std::optional<std::string> Read();
  std::string ReadAll(size_t max_bytes);
  bool Gone();
  bool WaitGone(Time until);
  // After the handler: ends the answer, waits until it has left, and reads
  // what the caller still sends, within bounds.
  void Finish();
  // Sends what it can without waiting.
  void Nudge();

  bool started() const { return started_; }
  const std::string& method() const { return method_; }
  const std::string& path() const { return path_; }
  const HeaderList& headers() const { return headers_; }
  const std::string& caller() const { return caller_; }
  const std::string& handle() const { return handle_; }
  const std::vector<std::string>& labels() const { return labels_; }

  void OnResponse(http::ResponseHead, bool) override {}
  void OnData(std::string_view data, bool end) override;
  void OnTrailers(http::Headers) override;
  void OnSent(size_t n) override;
  void OnReset(http::Reset) override;

 private:
  bool Turn(Time until);
  void SendWhole(int status, const HeaderList& headers, std::string_view body);

  sdk::InboundConnection* const connection_;
  std::unique_ptr<http::Stream> stream_;
  std::string method_;
  std::string path_;
  HeaderList headers_;
  std::string caller_;
  std::string handle_;
  std::vector<std::string> labels_;
  std::string buffer_;  // of the body, not asked for yet
  size_t unsent_ = 0;
  bool awaits_continue_ = false;  // the caller sends no body before a 100
  bool in_ended_ = false;
  bool started_ = false;
  bool ended_ = false;
  bool reset_ = false;
  bool closed_ = false;
};

namespace sdk {

// Owned by the server. Shutdown may be called from any thread.
class InboundConnection final : public http::RequestHandler,
                                public http::CodecEvents {
 public:
  // `stopping` outlives it: when set, answers end the connection.
  InboundConnection(int fd, const std::atomic<bool>* stopping);
  ~InboundConnection() override;

  Wire::Result Turn(Time until) { return wire_.Turn(*codec_, until, events_); }
  // Something was heard from the codec; see Wire::Turn.
  void CountEvent() { ++events_; }
  void Shutdown() { wire_.Shutdown(); }

  // The call that waits for its handler; null when none does.
  InboundCall::State* call();
  void DropCall();
  bool over() { return over_ || (codec_->done() && codec_->Output().empty()); }
  void MarkOver() { over_ = true; }
  void Drain() { codec_->Drain(); }
  bool stopping() const { return *stopping_; }
  bool peer_closed() const { return wire_.peer_closed(); }
  bool has_output() { return !codec_->Output().empty(); }
  bool wants_input() const { return codec_->WantsInput(); }
  Time NextDeadline() const { return codec_->NextDeadline(); }
  int fd() const { return wire_.fd(); }

  void OnRequest(http::RequestHead head, std::unique_ptr<http::Stream> stream,
                 bool end) override;
  void OnCodecActivity() override {}

 private:
  const std::atomic<bool>* const stopping_;
  Wire wire_;
  std::unique_ptr<http::Codec> codec_;
  std::deque<std::unique_ptr<InboundCall::State>> calls_;
  uint64_t events_ = 0;
  bool over_ = false;
};

}  // namespace sdk
}  // namespace herald
