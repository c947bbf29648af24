// SPDX-License-Identifier: Apache-2.0
//
// Frames on the edge of HTTP/2 at the server end. What a case expects: the
// events of the accepted requests, "->", the frames that came back, resets and
// GOAWAYs with their error codes (RFC 9113 §7: 1 protocol, 3 flow control,
// 6 frame size, 9 compression), and whether the connection was closed.
#include <algorithm>
#include <ostream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/conformance/h1_replay.h"
#include "tests/conformance/h2_frames.h"

namespace herald::http::testing {
namespace {

struct Case {
  const char* name;
  std::string frames;
  const char* expected;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::string Play(std::string_view frames, Cut cut) {
  AnsweringHandler handler;
  CountingCodecEvents activity;
  std::string output;
  bool closed = false;
  {
    auto codec = MakeServerCodec(Protocol::kHttp2, {}, handler, activity);
    FeedCut(*codec, kPreface, WholePiece(), output);
    FeedCut(*codec, Frame(kSettings, 0, 0, {}), WholePiece(), output);
    FeedCut(*codec, frames, std::move(cut), output);
    closed = codec->done();
  }
  std::string out;
  for (char c : handler.Transcript()) {
    out += c;
    if (c == '\n') out.replace(out.size() - 1, 1, "; ");
  }
  return out + "->" + Describe(output) + (closed ? " closed" : "");
}

std::string Headers1(std::string_view block, uint8_t flags = kEndStream) {
  return Frame(kHeaders, flags | kEndHeaders, 1, block);
}

// A request with good pseudo-headers before `fields`.
std::string Get(FieldLines fields, uint8_t flags = kEndStream) {
  return Headers1(Block({{":method", "GET"},
                         {":scheme", "http"},
                         {":path", "/"},
                         {":authority", "h"}}) +
                      Block(fields),
                  flags);
}
std::string Pseudo(FieldLines fields) { return Headers1(Block(fields)); }
std::string Data(std::string_view bytes, uint8_t flags) {
  return Frame(kData, flags, 1, bytes);
}

constexpr char kGood[] = "request GET http h / end; -> headers1 data1+end";
constexpr char kReset[] = "-> rst1=1";

std::vector<Case> PseudoHeaders() {
  return {
      {"Plain", Get({}), kGood},
      {"NoAuthority",
       Pseudo({{":method", "GET"}, {":scheme", "http"}, {":path", "/"}}),
       kReset},
      {"HostInstead",
       Pseudo({{":method", "GET"},
               {":scheme", "http"},
               {":path", "/"},
               {"host", "h"}}),
       kGood},
      {"HostEqual", Get({{"host", "h"}}), kGood},
      {"HostUnlike", Get({{"host", "i"}}), kReset},
      {"HostTwice", Get({{"host", "h"}, {"host", "h"}}), kReset},
      {"NoMethod",
       Pseudo({{":scheme", "http"}, {":path", "/"}, {":authority", "h"}}),
       kReset},
      {"NoScheme",
       Pseudo({{":method", "GET"}, {":path", "/"}, {":authority", "h"}}),
       kReset},
      {"NoPath",
       Pseudo({{":method", "GET"}, {":scheme", "http"}, {":authority", "h"}}),
       kReset},
  };
}

std::vector<Case> Targets() {
  return {
      {"EmptyPath",
       Pseudo({{":method", "GET"},
               {":scheme", "http"},
               {":path", ""},
               {":authority", "h"}}),
       kReset},
      {"RelativePath",
       Pseudo({{":method", "GET"},
               {":scheme", "http"},
               {":path", "a"},
               {":authority", "h"}}),
       kReset},
      {"AbsolutePath",
       Pseudo({{":method", "GET"},
               {":scheme", "http"},
               {":path", "http://h/"},
               {":authority", "h"}}),
       kReset},
      {"Asterisk",
       Pseudo({{":method", "OPTIONS"},
               {":scheme", "http"},
               {":path", "*"},
               {":authority", "h"}}),
       "request OPTIONS http h * end; -> headers1 data1+end"},
      {"AsteriskForGet",
       Pseudo({{":method", "GET"},
               {":scheme", "http"},
               {":path", "*"},
               {":authority", "h"}}),
       kReset},
      {"Fragment",
       Pseudo({{":method", "GET"},
               {":scheme", "http"},
               {":path", "/#f"},
               {":authority", "h"}}),
       kReset},
      {"SpaceInPath",
       Pseudo({{":method", "GET"},
               {":scheme", "http"},
               {":path", "/a b"},
               {":authority", "h"}}),
       kReset},
      {"SecondRequestInPath",
       Pseudo({{":method", "GET"},
               {":scheme", "http"},
               {":path", "/ HTTP/1.1\r\nA: b"},
               {":authority", "h"}}),
       kReset},
  };
}

std::vector<Case> MethodsAndSchemes() {
  return {
      {"SpaceInMethod",
       Pseudo({{":method", "GET /"},
               {":scheme", "http"},
               {":path", "/"},
               {":authority", "h"}}),
       kReset},
      {"EmptyMethod",
       Pseudo({{":method", ""},
               {":scheme", "http"},
               {":path", "/"},
               {":authority", "h"}}),
       kReset},
      {"OtherScheme",
       Pseudo({{":method", "GET"},
               {":scheme", "ftp"},
               {":path", "/"},
               {":authority", "h"}}),
       kReset},
      {"UserInAuthority",
       Pseudo({{":method", "GET"},
               {":scheme", "http"},
               {":path", "/"},
               {":authority", "u@h"}}),
       kReset},
  };
}

std::vector<Case> Repetitions() {
  return {
      {"PathTwice", Get({{":path", "/"}}), kReset},
      {"MethodTwice", Get({{":method", "GET"}}), kReset},
      {"Late",
       Pseudo({{":method", "GET"},
               {":scheme", "http"},
               {"a", "b"},
               {":path", "/"},
               {":authority", "h"}}),
       kReset},
      {"Unknown", Get({{":x", "y"}}), kReset},
      {"StatusInARequest", Get({{":status", "200"}}), kReset},
      {"Protocol", Get({{":protocol", "websocket"}}), kReset},
      {"Connect", Pseudo({{":method", "CONNECT"}, {":authority", "h:1"}}),
       "-> headers1 data1+end"},
  };
}

std::vector<Case> Fields() {
  using namespace std::string_view_literals;
  return {
      {"Plain", Get({{"a", "b"}}),
       "request GET http h / a=b end; -> headers1 data1+end"},
      {"UpperCase", Get({{"A", "b"}}), kReset},
      {"SpaceInName", Get({{"a b", "c"}}), kReset},
      {"ColonInName", Get({{"a:", "c"}}), kReset},
      {"EmptyName", Get({{"", "c"}}), kReset},
      {"CrLfInValue", Get({{"a", "b\r\nc: d"}}), kReset},
      {"LfInValue", Get({{"a", "b\nc"}}), kReset},
      {"NulInValue", Get({{"a", "b\0c"sv}}), kReset},
      {"EscapeInValue", Get({{"a", "\x1b[2J"}}), kReset},
      {"SpaceBeforeValue", Get({{"a", " b"}}), kReset},
      {"SpaceAfterValue", Get({{"a", "b "}}), kReset},
      {"CrLfInName", Get({{"a\r\nb", "c"}}), kReset},
      {"MeshTwin", Get({{"herald_label", "c"}}), kReset},
      {"Connection", Get({{"connection", "close"}}), kReset},
      {"KeepAlive", Get({{"keep-alive", "5"}}), kReset},
      {"ProxyConnection", Get({{"proxy-connection", "x"}}), kReset},
      {"Upgrade", Get({{"upgrade", "h2c"}}), kReset},
      {"TransferEncoding", Get({{"transfer-encoding", "chunked"}}), kReset},
      {"TeTrailers", Get({{"te", "trailers"}}),
       "request GET http h / +te end; -> headers1 data1+end"},
      {"TeGzip", Get({{"te", "gzip"}}), kReset},
      {"ExpectOther", Get({{"expect", "x"}}), "-> headers1 data1+end"},
  };
}

std::vector<Case> Bodies() {
  constexpr uint8_t kOpen = 0;
  std::string end = Data("", kEndStream);
  return {
      {"Plain", Get({}, kOpen) + Data("abc", kEndStream),
       "request GET http h /; data abc; end; -> headers1 data1+end"},
      {"Length",
       Get({{"content-length", "3"}}, kOpen) + Data("abc", kEndStream),
       "request GET http h / +cl3; data abc; end; -> headers1 data1+end"},
      {"LengthTooBig",
       Get({{"content-length", "4"}}, kOpen) + Data("abc", kEndStream),
       "request GET http h / +cl4; data abc; reset protocol broken; "
       "-> rst1=1"},
      {"LengthTooSmall",
       Get({{"content-length", "2"}}, kOpen) + Data("ab", 0) + Data("c", 1),
       "request GET http h / +cl2; data ab; reset protocol broken; -> rst1=1"},
      {"LengthWithoutABody", Get({{"content-length", "3"}}), kReset},
      {"LengthTwice",
       Get({{"content-length", "3"}, {"content-length", "3"}}, kOpen), kReset},
      {"LengthList", Get({{"content-length", "3,3"}}, kOpen), kReset},
      {"LengthPlus", Get({{"content-length", "+3"}}, kOpen), kReset},
      {"Trailers",
       Get({}, kOpen) + Data("abc", 0) + Headers1(Block({{"sum", "6"}})),
       "request GET http h /; data abc; trailers sum=6; "
       "-> headers1 data1+end"},
      {"TrailersWithPseudo", Get({}, kOpen) + Headers1(Block({{":path", "/"}})),
       "request GET http h /; reset protocol broken; -> rst1=1"},
      {"TrailersWithFraming",
       Get({}, kOpen) + Headers1(Block({{"content-length", "0"}})),
       "request GET http h /; reset protocol broken; -> rst1=1"},
      {"TrailersWithoutEnd",
       Get({}, kOpen) + Headers1(Block({{"sum", "6"}}), kOpen),
       "request GET http h /; reset protocol broken; -> rst1=1"},
      {"TrailersAgainstLength",
       Get({{"content-length", "3"}}, kOpen) + Data("a", 0) +
           Headers1(Block({{"sum", "6"}})),
       "request GET http h / +cl3; data a; reset protocol broken; "
       "-> rst1=1"},
      {"ResetByTheClient", Get({}, kOpen) + Frame(kRstStream, 0, 1, Number(8)),
       "request GET http h /; reset cancelled; ->"},
      {"DataWithoutHeaders", Data("abc", kEndStream), "-> goaway=1 closed"},
      {"PaddedData",
       Get({}, kOpen) +
           Frame(kData, kEndStream | 8, 1, std::string("\2abc\0\0", 6)),
       "request GET http h /; data abc; end; -> headers1 data1+end"},
      {"PaddingTooLong",
       Get({}, kOpen) + Frame(kData, kEndStream | 8, 1, "\7abc"),
       "request GET http h /; reset cancelled; -> goaway=1 closed"},
  };
}

std::vector<Case> Connections() {
  std::string endless = Frame(kHeaders, 0, 1, Block({{":method", "GET"}}));
  for (int i = 0; i < 20; ++i) endless += Frame(kContinuation, 0, 1, "");
  std::string many = Block({{":method", "GET"},
                            {":scheme", "http"},
                            {":path", "/"},
                            {":authority", "h"}});
  for (int i = 0; i < 101; ++i) many += Block({{"a", "b"}});
  // One entry in the table, then a byte for each repetition.
  std::string bomb = Block({{":method", "GET"},
                            {":scheme", "http"},
                            {":path", "/"},
                            {":authority", "h"}});
  bomb += std::string("\x40\x01", 2) + "a" + "\x7f\x81\x1e" +
          std::string(4000, 'x') + std::string(5000, '\xbe');
  return {
      {"EvenStream", Frame(kHeaders, 5, 2, Block({{":method", "GET"}})),
       "-> goaway=1 closed"},
      {"StreamZero", Frame(kHeaders, 5, 0, Block({{":method", "GET"}})),
       "-> goaway=1 closed"},
      {"PushPromise", Frame(kPushPromise, 4, 1, Number(2)),
       "-> goaway=1 closed"},
      {"FrameTooLarge", Frame(kData, 0, 1, std::string(16'385, 'x')),
       "-> goaway=6 closed"},
      {"BadCompression", Headers1("\xff\xff\xff\xff\xff"),
       "-> goaway=9 closed"},
      {"ContinuationAlone", Frame(kContinuation, 4, 1, ""),
       "-> goaway=1 closed"},
      {"ContinuationOfAnother",
       Frame(kHeaders, 0, 1, "") + Frame(kContinuation, 4, 3, ""),
       "-> goaway=1 closed"},
      {"ContinuationFlood", endless, "-> closed"},
      {"TooManyFields", Headers1(many), "-> headers1 data1+end"},
      {"HeaderBomb", Headers1(bomb), "-> headers1 data1+end"},
      {"WindowOverflow", Frame(kWindowUpdate, 0, 0, Number(0x7fffffff)),
       "-> goaway=3 closed"},
      {"WindowZero", Frame(kWindowUpdate, 0, 0, Number(0)),
       "-> goaway=1 closed"},
      {"UnknownFrame", Frame(0xfa, 0, 1, "hello") + Get({}), kGood},
      {"PingOfWrongSize", Frame(kPing, 0, 0, "1234567"), "-> goaway=6 closed"},
      {"SettingsOfWrongSize", Frame(kSettings, 0, 0, "12345"),
       "-> goaway=6 closed"},
  };
}

class H2RequestsTest : public ::testing::TestWithParam<Case> {};

TEST_P(H2RequestsTest, ComesToTheSameHoweverItIsCut) {
  const Case& c = GetParam();
  std::string whole = Play(c.frames, WholePiece());
  EXPECT_EQ(whole, c.expected);
  EXPECT_EQ(Play(c.frames, PiecesOf(1)), whole);
  size_t step = 1 + c.frames.size() / 300;
  for (size_t at = 1; at < c.frames.size(); at += step) {
    ASSERT_EQ(Play(c.frames, CutAt(at)), whole) << at;
  }
}

std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(Pseudo, H2RequestsTest,
                         ::testing::ValuesIn(PseudoHeaders()), NameOf);
INSTANTIATE_TEST_SUITE_P(Target, H2RequestsTest, ::testing::ValuesIn(Targets()),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(Method, H2RequestsTest,
                         ::testing::ValuesIn(MethodsAndSchemes()), NameOf);
INSTANTIATE_TEST_SUITE_P(Repetition, H2RequestsTest,
                         ::testing::ValuesIn(Repetitions()), NameOf);
INSTANTIATE_TEST_SUITE_P(Field, H2RequestsTest, ::testing::ValuesIn(Fields()),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(Body, H2RequestsTest, ::testing::ValuesIn(Bodies()),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(Connection, H2RequestsTest,
                         ::testing::ValuesIn(Connections()), NameOf);

}  // namespace
}  // namespace herald::http::testing
