// SPDX-License-Identifier: Apache-2.0
//
// A server codec that is HTTP/1.1 or HTTP/2, as the first bytes decide. Until
// then it holds at most a preface's worth of them; from then on it only passes
// calls through, so that the shell around it need not know.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/http/codec.h"
#include "core/http/detect.h"

namespace herald::listener {

// Owned by the wire; borrows handler and events for the codec it makes.
class DetectingCodec final : public http::Codec {
 public:
  // As long as a whole head may take (slow clients; the codecs' own bound).
  static constexpr Duration kPatience = std::chrono::seconds(10);

  DetectingCodec(const http::Limits& limits, http::RequestHandler& handler,
                 http::CodecEvents& events)
      : limits_(limits), handler_(handler), events_(events) {}

  void Feed(std::string_view bytes, Time now) override;
  void OnEof(Time now) override;
  std::string_view Output() override;
  void Wrote(size_t n) override;
  bool WantsInput() const override;
  bool done() const override;
  void Drain() override;
  size_t open_streams() const override;
  Time NextDeadline() const override;
  void OnDeadline(Time now) override;

 private:
  const http::Limits limits_;
  http::RequestHandler& handler_;
  http::CodecEvents& events_;
  std::string first_bytes_;
  Time deadline_ = kNever;  // from the first byte on
  bool over_ = false;       // before a codec was chosen
  std::unique_ptr<http::Codec> chosen_;
};

}  // namespace herald::listener
