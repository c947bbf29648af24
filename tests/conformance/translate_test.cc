// SPDX-License-Identifier: Apache-2.0
//
// What goes into a codec comes out of its other end: random valid heads,
// bodies and trailers, over HTTP/1.1 and HTTP/2, whole and in pieces. So a
// message that is translated from one to the other means the same in both.
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "core/http/codec_testing.h"
#include "core/http/codecs.h"
#include "gtest/gtest.h"

namespace herald::http::testing {
namespace {

// Draws messages. The seed is the test's parameter and so in its name.
class Draw {
 public:
  explicit Draw(uint64_t seed) : random_(seed) {}

  size_t Below(size_t n) { return random_() % n; }
  bool Coin() { return Below(2) == 0; }

  std::string Text(std::string_view alphabet, size_t least, size_t most) {
    std::string out;
    size_t size = least + Below(most - least + 1);
    while (out.size() < size) out += alphabet[Below(alphabet.size())];
    return out;
  }

  Headers Fields() {
    Headers headers;
    for (size_t n = Below(12); n > 0; --n) {
      // "x" keeps clear of the names that framing owns.
      std::string name = "x" + Text("abcxyz019-_.!~", 0, 12);
      std::string value = Text("abc XYZ\t;,=\"\\/\xc3\xa4", 0, 40);
      auto blank = [](char c) { return c == ' ' || c == '\t'; };
      while (!value.empty() && blank(value.back())) value.pop_back();
      while (!value.empty() && blank(value[0])) value.erase(0, 1);
      headers.Add(name, value);
    }
    return headers;
  }

  RequestHead Request(size_t body) {
    static const std::vector<std::string> kMethods = {"GET", "POST", "PUT",
                                                      "DELETE", "SEARCH"};
    RequestHead head;
    head.method = kMethods[Below(kMethods.size())];
    head.scheme = "http";
    head.authority = Text("abc.-", 1, 20) + (Coin() ? ":8080" : "");
    head.path = "/" + Text("abc/?&=%20;:@!$'()*+,~-._", 0, 60);
    head.headers = Fields();
    head.expects_continue = body > 0 && Coin();
    head.trailers_ok = Coin();
    if (Coin()) head.content_length = body;
    return head;
  }

  ResponseHead Response(size_t body) {
    static const std::vector<int> kStatuses = {200, 201, 404, 503, 299};
    ResponseHead head;
    head.status = kStatuses[Below(kStatuses.size())];
    head.headers = Fields();
    if (Coin()) head.content_length = body;
    return head;
  }

 private:
  std::mt19937_64 random_;
};

// Sends body and trailers as drawn; trailers only where no length is known.
void SendRest(Stream& stream, Draw& draw, std::string_view body,
              const Headers& trailers) {
  while (!body.empty()) {
    size_t n = std::min(body.size(), 1 + draw.Below(40'000));
    stream.SendData(body.substr(0, n), false);
    body.remove_prefix(n);
  }
  if (trailers.empty()) {
    stream.SendData({}, true);
  } else {
    stream.SendTrailers(trailers);
  }
}

std::string Line(const Headers& trailers) {
  return trailers.empty() ? "end" : "trailers" + Text(trailers);
}

class TranslateTest
    : public ::testing::TestWithParam<std::tuple<Protocol, int>> {
 protected:
  // What must come out where `head` and `body` went in.
  static std::string Expected(const std::string& head, std::string_view body,
                              const Headers& trailers) {
    std::string out = head + "\n";
    if (!body.empty()) out += "data " + std::string(body) + "\n";
    return out + Line(trailers) + "\n";
  }
};

TEST_P(TranslateTest, WhatGoesInComesOut) {
  auto [protocol, seed] = GetParam();
  Draw draw(static_cast<uint64_t>(seed));
  Limits limits;
  RecordingHandler handler;
  CountingCodecEvents activity;
  auto client = MakeClientCodec(protocol, limits, activity);
  auto server = MakeServerCodec(protocol, limits, handler, activity);
  Time now = FromNanos(1);
  for (int i = 0; i < 20; ++i) {
    SCOPED_TRACE("exchange " + std::to_string(i));
    size_t piece = draw.Coin() ? SIZE_MAX : 1 + draw.Below(3000);
    std::string up(draw.Coin() ? 0 : draw.Below(100'000), 'u');
    RequestHead request = draw.Request(up.size());
    Headers up_trailers = request.content_length ? Headers() : draw.Fields();
    EventLog log;
    ASSERT_TRUE(client->CanOpen());
    auto stream = client->Open(request, false, &log);
    log.stream = stream.get();
    SendRest(*stream, draw, up, up_trailers);
    Exchange(*client, *server, now, piece);
    bool whole = request.content_length == 0 && protocol == Protocol::kHttp1;
    EXPECT_EQ(handler.last().log.Transcript(),
              whole ? "request " + Text(request) + " end\n"
                    : Expected("request " + Text(request), up, up_trailers));
    EXPECT_EQ(handler.last().head, request);

    std::string down(draw.Coin() ? 0 : draw.Below(100'000), 'd');
    ResponseHead response = draw.Response(down.size());
    Headers trailers = response.content_length ? Headers() : draw.Fields();
    handler.last().stream->SendResponse(response, false);
    SendRest(*handler.last().stream, draw, down, trailers);
    Exchange(*client, *server, now, piece);
    whole = response.content_length == 0 && protocol == Protocol::kHttp1;
    EXPECT_EQ(log.Transcript(),
              whole ? "response " + Text(response) + " end\n"
                    : Expected("response " + Text(response), down, trailers));
    EXPECT_EQ(log.last_response, response);
    EXPECT_EQ(client->open_streams() + server->open_streams(), 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, TranslateTest,
                         ::testing::Combine(::testing::Values(Protocol::kHttp1,
                                                              Protocol::kHttp2),
                                            ::testing::Range(1, 31)));

}  // namespace
}  // namespace herald::http::testing
