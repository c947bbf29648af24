// SPDX-License-Identifier: Apache-2.0
//
// Responses on the edge of HTTP/1.1's grammar and framing, as a broken or
// hostile agent might send them. Each is fed whole, cut at every byte, and
// byte by byte. What a case expects: the events, and whether the connection
// was closed before the agent closed it.
#include <ostream>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/conformance/h1_replay.h"

namespace herald::http::testing {
namespace {

struct Case {
  const char* name;
  std::string bytes;
  const char* expected;
  const char* method = "GET";
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::string Summary(const Replay& replay) {
  std::string out;
  for (char c : replay.events) {
    out += c;
    if (c == '\n') out.replace(out.size() - 1, 1, "; ");
  }
  return out + (replay.done ? "closed" : "open");
}

std::string Status(const std::string& line) {
  return line + "\r\nContent-Length: 0\r\n\r\n";
}
std::string Ok(const std::string& fields, const std::string& body = "") {
  return "HTTP/1.1 200 OK\r\n" + fields + "\r\n" + body;
}

constexpr char kEmpty[] = "response 200 +cl0 end; open";
constexpr char kBroken[] = "reset protocol broken; closed";

std::vector<Case> StatusLines() {
  return {
      {"Plain", Status("HTTP/1.1 200 OK"), kEmpty},
      {"NoReason", Status("HTTP/1.1 200 "), kEmpty},
      {"LongReason", Status("HTTP/1.1 200 all is (really) well \xe4"), kEmpty},
      {"Http10", Status("HTTP/1.0 200 OK"), "response 200 +cl0 end; closed"},
      {"Http10KeptAlive", Status("HTTP/1.0 200 OK\r\nConnection: keep-alive"),
       kEmpty},
      {"UnknownStatus", Status("HTTP/1.1 299 Odd"),
       "response 299 +cl0 end; open"},
      {"Status600", Status("HTTP/1.1 600 Odd"), kBroken},
      {"Status099", Status("HTTP/1.1 099 Odd"), kBroken},
      {"Status000", Status("HTTP/1.1 000 Odd"), kBroken},
      {"TwoDigits", Status("HTTP/1.1 20 OK"), kBroken},
      {"FourDigits", Status("HTTP/1.1 2000 OK"), kBroken},
      {"SignedStatus", Status("HTTP/1.1 +20 OK"), kBroken},
      {"NoStatus", Status("HTTP/1.1  OK"), kBroken},
      {"TwoSpaces", Status("HTTP/1.1  200 OK"), kBroken},
      {"TabAsSpace", Status("HTTP/1.1\t200 OK"), kBroken},
      {"Http2", Status("HTTP/2.0 200 OK"), kBroken},
      {"Http09", "<html>hello</html>\r\n\r\n", kBroken},
      {"LowerCase", Status("http/1.1 200 OK"), kBroken},
      {"SpaceBefore", Status(" HTTP/1.1 200 OK"), kBroken},
      {"EmptyLineBefore", "\r\n" + Status("HTTP/1.1 200 OK"), kBroken},
      {"BareLf", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", kBroken},
      {"Switching", "HTTP/1.1 101 Switching Protocols\r\n\r\n", kBroken},
      {"NulInReason", Status("HTTP/1.1 200 O" + std::string(1, '\0')), kBroken},
  };
}

std::vector<Case> Fields() {
  const std::string end = "Content-Length: 0\r\n";
  return {
      {"Plain", Ok("A: b\r\n" + end), "response 200 a=b +cl0 end; open"},
      {"SeveralCookies", Ok("Set-Cookie: a\r\nSet-Cookie: b\r\n" + end),
       "response 200 set-cookie=a set-cookie=b +cl0 end; open"},
      {"SpaceBeforeColon", Ok("A : b\r\n" + end), kBroken},
      {"Folded", Ok("A: b\r\n c\r\n" + end), kBroken},
      {"BareCr", Ok("A: b\rSet-Cookie: c\r\n" + end), kBroken},
      {"Nul", Ok("A: " + std::string(1, '\0') + "\r\n" + end), kBroken},
      {"NoColon", Ok("A\r\n" + end), kBroken},
      {"HostInAResponse", Ok("Host: h\r\n" + end), kBroken},
      {"TeInAResponse", Ok("TE: trailers\r\n" + end), kBroken},
      {"MeshTwin", Ok("herald_site: x\r\n" + end), kBroken},
      {"ConnectionNamesAnother", Ok("Connection: x-y\r\n" + end), kBroken},
      {"ConnectionClose", Ok("Connection: close\r\n" + end),
       "response 200 +cl0 end; closed"},
      {"UpgradeIsDropped", Ok("Upgrade: h2\r\nConnection: upgrade\r\n" + end),
       kEmpty},
      {"TooManyFields", Ok([] {
         std::string many;
         for (int i = 0; i < 101; ++i) many += "a: b\r\n";
         return many;
       }()),
       "reset too big; closed"},
      {"TooManyBytes", Ok("A: " + std::string(70'000, 'b') + "\r\n"),
       "reset too big; closed"},
      {"LongStatusLine", "HTTP/1.1 200 " + std::string(17'000, 'a'),
       "reset too big; closed"},
  };
}

std::vector<Case> Bodies() {
  return {
      {"Length", Ok("Content-Length: 3\r\n", "abc"),
       "response 200 +cl3; data abc; end; open"},
      {"LengthTwiceEqual",
       Ok("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), kBroken},
      {"LengthList", Ok("Content-Length: 3, 3\r\n", "abc"), kBroken},
      {"LengthPlus", Ok("Content-Length: +3\r\n", "abc"), kBroken},
      {"LengthTooLong", Ok("Content-Length: 2\r\n", "abc"),
       "response 200 +cl2; data ab; end; closed"},
      {"LengthTooShort", Ok("Content-Length: 5\r\n", "abc"),
       "response 200 +cl5; data abc; reset protocol broken; open"},
      {"Chunked", Ok("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n"),
       "response 200; data abc; end; open"},
      {"ChunkedTrailers",
       Ok("Transfer-Encoding: chunked\r\n", "0\r\nGrpc-Status: 0\r\n\r\n"),
       "response 200; trailers grpc-status=0; open"},
      {"ChunkedBadTrailers",
       Ok("Transfer-Encoding: chunked\r\n", "0\r\nContent-Length: 0\r\n\r\n"),
       "response 200; reset protocol broken; closed"},
      {"ChunkedCutShort", Ok("Transfer-Encoding: chunked\r\n", "3\r\nab"),
       "response 200; data ab; reset protocol broken; open"},
      {"ChunkedWithoutLastChunk",
       Ok("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n"),
       "response 200; data abc; reset protocol broken; open"},
      {"ChunkedBadSize", Ok("Transfer-Encoding: chunked\r\n", "xyz\r\n"),
       "response 200; reset protocol broken; closed"},
      {"ChunkedAndLength",
       Ok("Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "0\r\n\r\n"),
       kBroken},
      {"LengthAndChunked",
       Ok("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
       kBroken},
      {"ChunkedInHttp10",
       "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       kBroken},
      {"GzipThenChunked",
       Ok("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), kBroken},
  };
}

std::vector<Case> Endings() {
  return {
      {"UntilEof", Ok("", "abc"), "response 200; data abc; end; open"},
      {"UntilEofEmpty", Ok("", ""), "response 200; end; open"},
      {"NoContent", "HTTP/1.1 204 No Content\r\n\r\n",
       "response 204 end; open"},
      {"NoContentWithLengthZero",
       "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
       "response 204 end; open"},
      {"NoContentWithABody",
       "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc",
       "response 204 end; closed"},
      {"NoContentChunked",
       "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n",
       kBroken},
      {"NotModifiedWithLength",
       "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n",
       "response 304 +cl3 end; open"},
      {"NotModifiedWithABody",
       "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\nabc",
       "response 304 +cl3 end; closed"},
      {"Head", Ok("Content-Length: 3\r\n"), "response 200 +cl3 end; open",
       "HEAD"},
      {"HeadChunked", Ok("Transfer-Encoding: chunked\r\n"),
       "response 200 end; open", "HEAD"},
      {"HeadWithABody", Ok("Content-Length: 3\r\n", "abc"),
       "response 200 +cl3 end; closed", "HEAD"},
      {"SecondResponse",
       Ok("Content-Length: 0\r\n") + Ok("Content-Length: 0\r\n"),
       "response 200 +cl0 end; closed"},
      {"Interim",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" +
           Ok("Content-Length: 0\r\n"),
       "response 100; response 103; response 200 +cl0 end; open"},
      {"InterimChunked",
       "HTTP/1.1 100 Continue\r\nTransfer-Encoding: chunked\r\n\r\n", kBroken},
      {"InterimOnly", "HTTP/1.1 100 Continue\r\n\r\n",
       "response 100; reset connection lost; open"},
      {"HalfAHead", "HTTP/1.1 200 OK\r\nContent-",
       "reset connection lost; open"},
      {"Nothing", "", "reset connection lost; open"},
  };
}

class H1ResponsesTest : public ::testing::TestWithParam<Case> {};

TEST_P(H1ResponsesTest, ComesToTheSameHoweverItIsCut) {
  const Case& c = GetParam();
  Replay whole = ReceiveH1(c.method, c.bytes, WholePiece());
  EXPECT_EQ(Summary(whole), c.expected);
  EXPECT_EQ(ReceiveH1(c.method, c.bytes, PiecesOf(1)).Text(), whole.Text());
  // Cutting a long case everywhere is quadratic and shows nothing more.
  size_t step = 1 + c.bytes.size() / 1000;
  for (size_t at = 1; at < c.bytes.size(); at += step) {
    ASSERT_EQ(ReceiveH1(c.method, c.bytes, CutAt(at)).Text(), whole.Text())
        << at;
  }
  Limits narrow;
  narrow.body_window = 1;
  EXPECT_EQ(ReceiveH1(c.method, c.bytes, PiecesOf(7), narrow).Text(),
            whole.Text());
}

std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(StatusLine, H1ResponsesTest,
                         ::testing::ValuesIn(StatusLines()), NameOf);
INSTANTIATE_TEST_SUITE_P(Field, H1ResponsesTest, ::testing::ValuesIn(Fields()),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(Ending, H1ResponsesTest,
                         ::testing::ValuesIn(Endings()), NameOf);
INSTANTIATE_TEST_SUITE_P(Body, H1ResponsesTest, ::testing::ValuesIn(Bodies()),
                         NameOf);

}  // namespace
}  // namespace herald::http::testing
