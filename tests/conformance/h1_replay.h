// SPDX-License-Identifier: Apache-2.0
//
// Plays bytes to an HTTP/1.1 end, cut in pieces, and writes down all that
// happened: events, output, and whether the connection was closed. The tables
// of tests/conformance and the targets of tests/fuzz share it; the text must
// be the same however the bytes were cut.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/http/codec_testing.h"
#include "core/http/codecs.h"

namespace herald::http::testing {

// Says how many of the bytes left come next; at least 1.
using Cut = std::function<size_t(size_t left)>;

inline Cut WholePiece() {
  return [](size_t left) { return left; };
}
inline Cut PiecesOf(size_t n) {
  return [n](size_t left) { return std::min(n, left); };
}
// The first `n` bytes, then the rest.
inline Cut CutAt(size_t n) {
  return [n, first = true](size_t left) mutable {
    return std::exchange(first, false) ? std::min(n, left) : left;
  };
}

// Answers each request with 200 "ok" as soon as it is whole.
class AnsweringHandler : public RequestHandler {
 public:
  void OnRequest(RequestHead head, std::unique_ptr<Stream> stream,
                 bool end) override {
    auto served = std::make_unique<Answered>();
    served->owned = std::move(stream);
    served->stream = served->owned.get();
    served->owned->SetEvents(served.get());
    served->Line("request " + Text(head) + (end ? " end" : ""));
    heads.push_back(std::move(head));
    requests.push_back(std::move(served));
    if (end) requests.back()->Answer();
  }

  std::string Transcript() const {
    std::string out;
    for (const auto& served : requests) out += served->Transcript();
    return out;
  }

  std::vector<RequestHead> heads;

 private:
  struct Answered : EventLog {
    void OnData(std::string_view data, bool end) override {
      EventLog::OnData(data, end);
      if (end) Answer();
    }
    void OnTrailers(Headers trailers) override {
      EventLog::OnTrailers(std::move(trailers));
      Answer();
    }
    void Answer() {
      ResponseHead head;
      head.content_length = 2;
      owned->SendResponse(head, false);
      owned->SendData("ok", true);
    }
    std::unique_ptr<Stream> owned;
  };
  std::vector<std::unique_ptr<Answered>> requests;
};

struct Replay {
  std::string events;
  std::string output;
  bool done = false;  // closed before the connection ended
  std::vector<RequestHead> heads;

  std::string Text() const {
    return events + "--\n" + output + (done ? "--\nclosed" : "--\nopen");
  }
};

inline void FeedCut(Codec& codec, std::string_view bytes, Cut cut,
                    std::string& output) {
  Time now = FromNanos(1'000'000'000);
  while (!bytes.empty()) {
    size_t n = cut(bytes.size());
    codec.Feed(bytes.substr(0, n), now);
    bytes.remove_prefix(n);
    output += TakeOutput(codec);
  }
}

// `limits` small enough make the windows matter.
inline Replay ServeH1(std::string_view bytes, Cut cut, Limits limits = {}) {
  Replay replay;
  AnsweringHandler handler;
  CountingCodecEvents activity;
  {
    auto codec = MakeServerCodec(Protocol::kHttp1, limits, handler, activity);
    FeedCut(*codec, bytes, std::move(cut), replay.output);
    replay.done = codec->done();
    codec->OnEof(FromNanos(2'000'000'000));
    replay.output += TakeOutput(*codec);
  }
  replay.events = handler.Transcript();
  replay.heads = std::move(handler.heads);
  return replay;
}

// What the response `bytes` to a request of `method` come to.
inline Replay ReceiveH1(std::string_view method, std::string_view bytes,
                        Cut cut, Limits limits = {}) {
  Replay replay;
  EventLog log;
  CountingCodecEvents activity;
  RequestHead head;
  head.method = std::string(method);
  head.scheme = "http";
  head.authority = "h";
  head.path = "/";
  {
    auto codec = MakeClientCodec(Protocol::kHttp1, limits, activity);
    auto stream = codec->Open(head, true, &log);
    log.stream = stream.get();
    replay.output += TakeOutput(*codec);
    FeedCut(*codec, bytes, std::move(cut), replay.output);
    replay.done = codec->done();
    codec->OnEof(FromNanos(2'000'000'000));
  }
  replay.events = log.Transcript();
  return replay;
}

}  // namespace herald::http::testing
