// SPDX-License-Identifier: Apache-2.0
//
// Fakes for tests of codecs: users of streams that write down what happens to
// them, so that a test can compare one text. Consecutive body pieces are
// joined in it: how bytes were cut must not show.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/http/codec.h"
#include "core/http/exchange.h"
#include "core/http/message.h"

namespace herald::http::testing {

inline std::string Text(const Headers& headers) {
  std::string out;
  for (Field field : headers) {
    out += " " + std::string(field.name) + "=" + std::string(field.value);
  }
  return out;
}

inline std::string Text(const RequestHead& head) {
  std::string out = head.method + " " + head.scheme + " " + head.authority +
                    " " + head.path + Text(head.headers);
  if (head.content_length) out += " +cl" + std::to_string(*head.content_length);
  if (head.expects_continue) out += " +expect";
  if (head.trailers_ok) out += " +te";
  return out;
}

inline std::string Text(const ResponseHead& head) {
  std::string out = std::to_string(head.status) + Text(head.headers);
  if (head.content_length) out += " +cl" + std::to_string(*head.content_length);
  return out;
}

// Writes its events down; gives credit back at once unless told otherwise.
class EventLog : public StreamEvents {
 public:
  void OnResponse(ResponseHead head, bool end) override {
    Line("response " + Text(head) + (end ? " end" : ""));
    over |= end;
    last_response = std::move(head);
  }
  void OnData(std::string_view data, bool end) override {
    body += data;
    unconsumed += data.size();
    largest_unconsumed = std::max(largest_unconsumed, unconsumed);
    if (!data.empty()) {
      if (!in_data_) lines.push_back("data ");
      in_data_ = true;
      lines.back() += data;
    }
    if (end) Line("end");
    over |= end;
    if (stream != nullptr && consume) Give(data.size());
  }
  void OnTrailers(Headers trailers) override {
    Line("trailers" + Text(trailers));
    over = true;
  }
  void OnSent(size_t n) override { sent += n; }
  void OnReset(Reset reason) override {
    Line("reset " + std::string(ToString(reason)));
    reset = reason;
  }

  void Give(size_t n) {
    unconsumed -= n;
    stream->Consume(n);
  }
  void Line(std::string line) {
    lines.push_back(std::move(line));
    in_data_ = false;
  }
  std::string Transcript() const {
    std::string out;
    for (const std::string& line : lines) out += line + "\n";
    return out;
  }

  std::vector<std::string> lines;
  std::string body;
  size_t sent = 0;
  size_t unconsumed = 0;
  size_t largest_unconsumed = 0;
  bool over = false;  // the incoming half ended well
  bool consume = true;
  std::optional<Reset> reset;
  std::optional<ResponseHead> last_response;
  Stream* stream = nullptr;

 private:
  bool in_data_ = false;
};

// One request a server end handed over.
struct Served {
  RequestHead head;
  EventLog log;
  std::unique_ptr<Stream> stream;

  Served() = default;
  Served(const Served&) = delete;
  Served& operator=(const Served&) = delete;
};

// Keeps the requests, for the test to answer.
class RecordingHandler : public RequestHandler {
 public:
  void OnRequest(RequestHead head, std::unique_ptr<Stream> stream,
                 bool end) override {
    auto served = std::make_unique<Served>();
    served->head = std::move(head);
    served->stream = std::move(stream);
    served->log.stream = served->stream.get();
    served->log.over = end;
    served->log.consume = consume;
    served->log.Line("request " + Text(served->head) + (end ? " end" : ""));
    if (refuse) {
      served->stream.reset();
      served->log.stream = nullptr;
    } else {
      served->stream->SetEvents(&served->log);
    }
    requests.push_back(std::move(served));
  }

  Served& operator[](size_t i) { return *requests[i]; }
  Served& last() { return *requests.back(); }

  std::string Transcript() const {
    std::string out;
    for (const auto& served : requests) out += served->log.Transcript();
    return out;
  }

  std::vector<std::unique_ptr<Served>> requests;
  bool consume = true;
  bool refuse = false;
};

class CountingCodecEvents : public CodecEvents {
 public:
  void OnCodecActivity() override { ++count; }
  int count = 0;
};

// Takes all output, in pieces of at most `piece` bytes, as a socket would.
inline std::string TakeOutput(Codec& codec, size_t piece = SIZE_MAX) {
  std::string out;
  for (;;) {
    std::string_view view = codec.Output();
    if (view.empty()) return out;
    size_t n = std::min(piece, view.size());
    out += view.substr(0, n);
    codec.Wrote(n);
  }
}

// Moves bytes between two codecs until neither has any more, `piece` bytes a
// time; respects WantsInput.
inline void Exchange(Codec& a, Codec& b, Time now, size_t piece = SIZE_MAX) {
  auto move = [&](Codec& from, Codec& to) {
    std::string_view view = from.Output();
    if (view.empty() || !to.WantsInput()) return false;
    std::string bytes(view.substr(0, std::min(piece, view.size())));
    from.Wrote(bytes.size());
    to.Feed(bytes, now);
    return true;
  };
  for (bool moved = true; moved;) {
    moved = move(a, b);
    moved = move(b, a) || moved;
  }
}

}  // namespace herald::http::testing
