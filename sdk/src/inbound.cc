// SPDX-License-Identifier: Apache-2.0
#include "sdk/src/inbound.h"

#include <utility>

#include "core/http/h1_server.h"
#include "sdk/src/request.h"

namespace herald {
namespace {

// Empty, and with data(): a view without means "in pieces".
constexpr std::string_view kEmpty = "";

// How long an answer may take to leave after its handler has returned.
constexpr int64_t kFlushMs = 30'000;
// How much, and how long, of a body nobody asked for is still read, so that
// the close does not destroy the answer on its way (RFC 9112 §9.6).
constexpr size_t kLingerBytes = 1u << 20;
constexpr int64_t kLingerMs = 1'000;

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    size_t comma = text.find(',');
    std::string_view item = text.substr(0, comma);
    text = comma == std::string_view::npos ? "" : text.substr(comma + 1);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    if (!item.empty()) out.emplace_back(item);
  }
  return out;
}

}  // namespace

InboundCall::State::State(sdk::InboundConnection* connection,
                          http::RequestHead head,
                          std::unique_ptr<http::Stream> stream, bool end)
    : connection_(connection),
      stream_(std::move(stream)),
      method_(std::move(head.method)),
      path_(std::move(head.path)),
      in_ended_(end) {
  for (http::Field field : head.headers) {
    headers_.push_back({std::string(field.name), std::string(field.value)});
  }
  caller_ = FindHeader(headers_, "herald-caller");
  handle_ = FindHeader(headers_, "herald-call");
  labels_ = SplitList(head.headers.Joined("herald-labels"));
  awaits_continue_ = head.expects_continue;
  stream_->SetEvents(this);
}

InboundCall::State::~State() = default;

// One turn; false when the connection is of no more use.
bool InboundCall::State::Turn(Time until) {
  if (reset_ || closed_) return false;
  closed_ = connection_->Turn(until) == sdk::Wire::Result::kClosed;
  return !reset_ && !closed_;
}

void InboundCall::State::Nudge() { Turn(sdk::Now()); }

bool InboundCall::State::Begin(int status, const HeaderList& headers,
                               std::string_view body) {
  if (started_ || reset_) return false;
  started_ = true;
  if (connection_->stopping()) connection_->Drain();
  SendWhole(status, headers, body);
  return !reset_;
}

// The head alone where `body` has no data(): the body follows in pieces.
void InboundCall::State::SendWhole(int status, const HeaderList& headers,
                                   std::string_view body) {
  http::ResponseHead head;
  head.status = status >= 200 && status <= 599 ? status : 500;
  for (const Header& header : headers) {
    if (!sdk::CheckHeader(header).ok()) continue;
    head.headers.Add(sdk::Lowered(header.name), header.value);
  }
  bool whole = body.data() != nullptr;
  bool bodiless = method_ == "HEAD" || status == 204 || status == 304;
  if (whole && status != 204) head.content_length = body.size();
  ended_ = bodiless || (whole && body.empty());
  stream_->SendResponse(head, ended_);
  if (whole && !ended_) {
    ended_ = true;
    unsent_ += body.size();
    stream_->SendData(body, true);
  }
  Nudge();
}

bool InboundCall::State::Write(std::string_view piece) {
  if (ended_ && method_ == "HEAD") return !Gone();
  if (!started_ || ended_ || reset_ || closed_) return false;
  if (piece.empty()) return true;
  unsent_ += piece.size();
  stream_->SendData(piece, false);
  while (unsent_ > 0 && Turn(kNever)) {
  }
  return unsent_ == 0 && !connection_->peer_closed();
}

void InboundCall::State::Abort() {
  if (ended_) return;
  started_ = ended_ = true;
  stream_->Cancel(http::Reset::kInternal);
  Nudge();
  connection_->MarkOver();
}

std::optional<std::string> InboundCall::State::Read() {
  if (awaits_continue_ && !started_ && !reset_) {
    http::ResponseHead go_on;
    go_on.status = 100;
    stream_->SendResponse(go_on, false);
  }
  awaits_continue_ = false;
  while (buffer_.empty() && !in_ended_) {
    if (!Turn(kNever)) return std::nullopt;
  }
  if (buffer_.empty()) return std::nullopt;
  std::string piece = std::move(buffer_);
  buffer_.clear();
  if (!reset_) stream_->Consume(piece.size());
  return piece;
}

std::string InboundCall::State::ReadAll(size_t max_bytes) {
  std::string body;
  while (std::optional<std::string> piece = Read()) {
    body += *piece;
    if (body.size() > max_bytes) {
      Begin(413, {}, "the body is larger than this agent takes\n");
      return {};
    }
  }
  if (in_ended_) return body;
  Begin(400, {}, "the body was cut short\n");
  return {};
}

bool InboundCall::State::Gone() {
  Nudge();
  return reset_ || closed_ || connection_->peer_closed();
}

bool InboundCall::State::WaitGone(Time until) {
  while (!Gone()) {
    if (sdk::Now() >= until) return false;
    Turn(until);
  }
  return true;
}

void InboundCall::State::Finish() {
  if (!started_) Begin(204, {}, kEmpty);
  if (!ended_ && !reset_) {
    ended_ = true;
    stream_->SendData({}, true);
  }
  Time patience = sdk::After(kFlushMs);
  while (connection_->has_output() && sdk::Now() < patience) {
    if (!Turn(patience)) break;
  }
  patience = sdk::After(kLingerMs);
  size_t dropped = 0;
  while (!in_ended_ && dropped < kLingerBytes && sdk::Now() < patience) {
    size_t piece = buffer_.size();
    buffer_.clear();
    dropped += piece;
    if (piece > 0 && !reset_) stream_->Consume(piece);
    if (!Turn(patience)) break;
  }
  if (!in_ended_ || closed_ || reset_) connection_->MarkOver();
}

void InboundCall::State::OnTrailers(http::Headers) {
  connection_->CountEvent();
  in_ended_ = true;
}

void InboundCall::State::OnSent(size_t n) {
  connection_->CountEvent();
  unsent_ -= n;
}

void InboundCall::State::OnReset(http::Reset) {
  connection_->CountEvent();
  reset_ = true;
}

void InboundCall::State::OnData(std::string_view data, bool end) {
  connection_->CountEvent();
  buffer_.append(data);
  in_ended_ = end;
}

namespace sdk {

InboundConnection::InboundConnection(int fd, const std::atomic<bool>* stopping)
    : stopping_(stopping),
      wire_(fd),
      codec_(std::make_unique<http::H1Server>(http::Limits(), *this, *this)) {}

InboundConnection::~InboundConnection() = default;

InboundCall::State* InboundConnection::call() {
  return calls_.empty() ? nullptr : calls_.front().get();
}

void InboundConnection::DropCall() { calls_.pop_front(); }

void InboundConnection::OnRequest(http::RequestHead head,
                                  std::unique_ptr<http::Stream> stream,
                                  bool end) {
  CountEvent();
  calls_.push_back(std::make_unique<InboundCall::State>(
      this, std::move(head), std::move(stream), end));
}

}  // namespace sdk

const std::string& InboundCall::method() const { return state_->method(); }
const std::string& InboundCall::path() const { return state_->path(); }
const HeaderList& InboundCall::headers() const { return state_->headers(); }
const std::string& InboundCall::caller() const { return state_->caller(); }
const std::string& InboundCall::handle() const { return state_->handle(); }

std::string_view InboundCall::header(std::string_view name) const {
  return FindHeader(state_->headers(), name);
}

const std::vector<std::string>& InboundCall::labels() const {
  return state_->labels();
}

std::optional<std::string> InboundCall::Read() { return state_->Read(); }

std::string InboundCall::ReadAll(size_t max_bytes) {
  return state_->ReadAll(max_bytes);
}

void InboundCall::RespondBytes(int status, std::string_view body,
                               std::string_view content_type) {
  RespondWith(status, body, {{"content-type", std::string(content_type)}});
}

void InboundCall::Respond(std::string_view body,
                          std::string_view content_type) {
  RespondBytes(200, body, content_type);
}

void InboundCall::RespondWith(int status, std::string_view body,
                              const HeaderList& headers) {
  // A view without data() means "in pieces"; an empty answer is not that.
  state_->Begin(status, headers, body.data() == nullptr ? kEmpty : body);
}

bool InboundCall::Start(int status, const HeaderList& headers) {
  return state_->Begin(status, headers, {});
}

bool InboundCall::Write(std::string_view piece) {
  if (!state_->started() && !Start(200)) return false;
  return state_->Write(piece);
}

bool InboundCall::WriteEvent(std::string_view data, std::string_view name) {
  if (!state_->started() && !Start(200, {{"content-type", "text/event-stream"},
                                         {"cache-control", "no-store"}})) {
    return false;
  }
  std::string text;
  if (!name.empty()) text += "event: " + std::string(name) + "\n";
  while (true) {
    size_t line_end = data.find('\n');
    text += "data: " + std::string(data.substr(0, line_end)) + "\n";
    if (line_end == std::string_view::npos) break;
    data.remove_prefix(line_end + 1);
  }
  return state_->Write(text + "\n");
}

void InboundCall::Abort() { state_->Abort(); }
bool InboundCall::cancelled() { return state_->Gone(); }

bool InboundCall::WaitCancelled(std::chrono::milliseconds how_long) {
  return state_->WaitGone(sdk::After(how_long.count()));
}

CallOptions& CallOptions::on_behalf_of(const InboundCall& call) {
  parent = call.handle();
  return *this;
}

}  // namespace herald
