// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_exchange.h"

#include <utility>

#include "core/base/check.h"

namespace herald::test {

class FakeStream final : public http::Stream {
 public:
  explicit FakeStream(std::shared_ptr<FarEnd> far) : far_(std::move(far)) {}
  ~FakeStream() override { far_->gone_ = true; }

  void SendResponse(const http::ResponseHead& head, bool end) override {
    HERALD_CHECK(far_->server_, "only a server end sends a response");
    HERALD_CHECK(!far_->answered(), "the final head is the last one");
    HERALD_CHECK(!(end && head.informational()), "1xx never ends a response");
    far_->heads_.push_back(head);
    far_->ended_ = end;
  }
  void SendData(std::string_view data, bool end) override {
    HERALD_CHECK(!far_->server_ || far_->answered(), "the head goes first");
    HERALD_CHECK(!far_->ended_, "nothing follows the end");
    far_->body_.append(data);
    far_->ended_ = end;
  }
  void SendTrailers(const http::Headers& trailers) override {
    HERALD_CHECK(!far_->server_ || far_->answered(), "the head goes first");
    HERALD_CHECK(!far_->ended_, "nothing follows the end");
    far_->trailers_ = trailers;
    far_->ended_ = true;
  }
  void Cancel(http::Reset reason) override { far_->reset_ = reason; }
  void Consume(size_t n) override {
    HERALD_CHECK(far_->credit_ + n <= far_->played_,
                 "credit is for bytes that came");
    far_->credit_ += n;
  }
  void SetEvents(http::StreamEvents* events) override {
    HERALD_CHECK(far_->server_, "only a server end is told so");
    far_->events_ = events;
  }

 private:
  std::shared_ptr<FarEnd> far_;
};

std::unique_ptr<http::Stream> MakeFakeStream(std::shared_ptr<FarEnd> far) {
  return std::make_unique<FakeStream>(std::move(far));
}

const http::ResponseHead& FarEnd::head() const {
  HERALD_CHECK(answered(), "the test looks at a head that was sent");
  return heads_.back();
}

bool FarEnd::answered() const {
  return !heads_.empty() && !heads_.back().informational();
}

std::string FarEnd::Header(std::string_view name) const {
  if (!answered()) return "";
  return std::string(heads_.back().headers.Get(name).value_or(""));
}

http::StreamEvents& FarEnd::Play() {
  HERALD_CHECK(!gone_ && !reset_ && events_ != nullptr,
               "the test plays on a stream that is open");
  return *events_;
}

void FarEnd::Response(http::ResponseHead head, bool end) {
  Play().OnResponse(std::move(head), end);
}

void FarEnd::Response(int status, bool end) {
  Response(http::ResponseHead{.status = status}, end);
}

void FarEnd::Data(std::string_view text, bool end) {
  http::StreamEvents& events = Play();
  played_ += text.size();
  events.OnData(text, end);
}

void FarEnd::Trailers(http::Headers trailers) {
  Play().OnTrailers(std::move(trailers));
}

void FarEnd::Sent(size_t n) {
  HERALD_CHECK(n <= unsent(), "only bytes that were given are sent");
  sent_ += n;
  Play().OnSent(n);
}

void FarEnd::Reset(http::Reset reason) { Play().OnReset(reason); }

}  // namespace herald::test
