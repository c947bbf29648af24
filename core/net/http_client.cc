// SPDX-License-Identifier: Apache-2.0
#include "core/net/http_client.h"

#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <utility>

#include "core/http/codecs.h"
#include "core/net/asio_loop.h"
#include "core/net/dial.h"
#include "core/net/input.h"
#include "core/net/stream_socket.h"

namespace herald::net {
namespace {

// Bytes of the request's body that may be on their way; then the file or pipe
// they come from waits.
constexpr size_t kUploadWindow = 256 * 1024;

http::RequestHead Complete(http::RequestHead head, const Address& to) {
  if (head.scheme.empty()) head.scheme = "http";
  if (head.method.empty()) head.method = "GET";
  if (head.path.empty()) head.path = "/";
  if (head.authority.empty()) {
    head.authority = to.is_unix() ? "localhost" : to.ToString();
  }
  return head;
}

// The one request and its response.
class Exchange final : public SocketEvents,
                       public http::CodecEvents,
                       public http::StreamEvents {
 public:
  explicit Exchange(FetchRequest request) : request_(std::move(request)) {}

  StatusOr<FetchResponse> Run();

  // SocketEvents.
  void OnBytes(std::string_view bytes) override;
  void OnEof() override;
  void OnBroken(const std::string& why) override;
  void OnWritable() override { OnCodecActivity(); }

  // http::CodecEvents.
  void OnCodecActivity() override;

  // http::StreamEvents.
  void OnResponse(http::ResponseHead head, bool end) override;
  void OnData(std::string_view data, bool end) override;
  void OnTrailers(http::Headers trailers) override;
  void OnSent(size_t n) override { in_upload_ -= n; }
  void OnReset(http::Reset reason) override;

 private:
  void OnDialled(StatusOr<UniqueFd> fd);
  void Begin();
  void AskForInput();
  void OnInput(std::string_view bytes);
  void Settle();
  void WriteOut();
  void End(Status status);

  AsioLoop loop_;
  FetchRequest request_;
  FetchResponse response_;
  std::optional<Status> outcome_;
  std::unique_ptr<Dial> dial_;
  std::unique_ptr<StreamSocket> socket_;
  std::unique_ptr<http::ClientCodec> codec_;
  std::unique_ptr<http::Stream> stream_;
  std::unique_ptr<Input> input_;
  size_t in_upload_ = 0;
  bool upload_over_ = true;
  bool write_dead_ = false;
  bool eof_ = false;
  bool dirty_ = false;
};

StatusOr<FetchResponse> Exchange::Run() {
  if (request_.timeout > Duration::zero()) {
    loop_.RunAt(loop_.Now() + request_.timeout, [this] {
      End(MakeStatus(
          StatusCode::kDeadlineExceeded,
          request_.to.ToString() + " took longer than " +
              std::to_string(static_cast<int64_t>(ToMillis(request_.timeout))) +
              " ms"));
    });
  }
  dial_ = std::make_unique<Dial>(
      loop_, request_.to, std::chrono::hours(1),
      [this](StatusOr<UniqueFd> fd) { OnDialled(std::move(fd)); });
  while (!outcome_) loop_.RunTurn();
  stream_.reset();
  if (!outcome_->ok()) return *outcome_;
  return std::move(response_);
}

void Exchange::End(Status status) {
  if (!outcome_) outcome_ = std::move(status);
}

void Exchange::OnDialled(StatusOr<UniqueFd> fd) {
  if (!fd.ok()) {
    End(fd.status());
    return;
  }
  socket_ = std::make_unique<StreamSocket>(loop_, *std::move(fd), this);
  codec_ = http::MakeClientCodec(http::Protocol::kHttp1, http::Limits(), *this);
  Begin();
  OnCodecActivity();
}

void Exchange::Begin() {
  http::RequestHead head = Complete(request_.head, request_.to);
  bool streamed = request_.body_fd >= 0;
  bool bodiless = !streamed && request_.body.empty();
  if (!streamed && !bodiless) head.content_length = request_.body.size();
  stream_ = codec_->Open(head, bodiless, this);
  if (streamed) {
    upload_over_ = false;
    input_ = std::make_unique<Input>(
        loop_, request_.body_fd,
        [this](std::string_view bytes) { OnInput(bytes); });
    AskForInput();
  } else if (!bodiless) {
    in_upload_ = request_.body.size();
    stream_->SendData(request_.body, true);
  }
}

void Exchange::AskForInput() {
  if (!upload_over_ && in_upload_ < kUploadWindow) input_->Read();
}

void Exchange::OnInput(std::string_view bytes) {
  if (outcome_) return;
  upload_over_ = bytes.empty();
  in_upload_ += bytes.size();
  stream_->SendData(bytes, upload_over_);
  OnCodecActivity();
}

// --- The connection ---------------------------------------------------------

void Exchange::OnBytes(std::string_view bytes) {
  codec_->Feed(bytes, loop_.Now());
  OnCodecActivity();
}

void Exchange::OnEof() {
  eof_ = true;
  codec_->OnEof(loop_.Now());
  OnCodecActivity();
}

void Exchange::OnBroken(const std::string& why) {
  End(Unavailable(request_.to.ToString() + ": " + why));
}

void Exchange::OnCodecActivity() {
  if (std::exchange(dirty_, true)) return;
  loop_.AtTurnEnd([this] { Settle(); });
}

void Exchange::Settle() {
  dirty_ = false;
  if (outcome_) return;
  WriteOut();
  if (outcome_) return;
  AskForInput();
  if (!eof_ && codec_->WantsInput()) socket_->Read();
}

void Exchange::WriteOut() {
  while (!outcome_) {
    std::string_view output = codec_->Output();
    if (output.empty()) return;
    std::optional<size_t> taken = output.size();
    if (!write_dead_) taken = socket_->Write(output);
    // The other end may have answered before it closed its ear: read on.
    if (!taken) write_dead_ = true;
    bool blocked = taken && *taken < output.size();
    codec_->Wrote(taken.value_or(output.size()));
    if (blocked) return;
  }
}

// --- The response -----------------------------------------------------------

void Exchange::OnResponse(http::ResponseHead head, bool end) {
  if (head.informational()) return;
  response_.head = std::move(head);
  if (request_.on_head) request_.on_head(response_.head);
  if (end) End(absl::OkStatus());
}

void Exchange::OnData(std::string_view data, bool end) {
  if (request_.on_body) {
    if (!data.empty()) request_.on_body(data);
  } else {
    response_.body += data;
  }
  if (stream_) stream_->Consume(data.size());
  if (end) End(absl::OkStatus());
}

void Exchange::OnTrailers(http::Headers trailers) {
  response_.trailers = std::move(trailers);
  End(absl::OkStatus());
}

void Exchange::OnReset(http::Reset reason) {
  std::string name = request_.to.ToString();
  if (reason == http::Reset::kProtocol || reason == http::Reset::kTooBig) {
    End(Unavailable(name + " does not answer in HTTP (" +
                    std::string(http::ToString(reason)) + ")"));
  } else {
    End(Unavailable(name + " closed the connection before it had answered"));
  }
}

}  // namespace

StatusOr<FetchResponse> Fetch(FetchRequest request) {
  return Exchange(std::move(request)).Run();
}

}  // namespace herald::net
