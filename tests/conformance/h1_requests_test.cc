// SPDX-License-Identifier: Apache-2.0
//
// Requests on the edge of HTTP/1.1's grammar and of its framing, above all
// those that two servers might read differently (request smuggling). Each is
// fed whole, cut at every byte, and byte by byte, and must come to the same.
//
// What a case expects: the events of the accepted requests, "->", the statuses
// that were answered, and whether the connection was closed.
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
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

std::string Summary(const Replay& replay) {
  std::string out;
  for (char c : replay.events) {
    out += c;
    if (c == '\n') out.replace(out.size() - 1, 1, "; ");
  }
  out += "->";
  size_t at = 0;
  while ((at = replay.output.find("HTTP/1.1 ", at)) != std::string::npos) {
    at += 9;
    std::string status = replay.output.substr(at, 3);
    if (status[0] >= '1' && status[0] <= '9') out += " " + status;
  }
  return out + (replay.done ? " closed" : "");
}

// A head with a good request line and Host before `fields`.
std::string Get(const std::string& fields) {
  return "GET / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n";
}
std::string Post(const std::string& fields, const std::string& body) {
  return "POST / HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n" + body;
}
std::string Chunked(const std::string& body) {
  return Post("Transfer-Encoding: chunked\r\n", body);
}

constexpr char kGood[] = "request GET http h / end; -> 200";
constexpr char kBad[] = "-> 400 closed";

std::string Bytes(std::initializer_list<int> bytes) {
  std::string out;
  for (int byte : bytes) out += static_cast<char>(byte);
  return out;
}

std::vector<Case> StartLines() {
  auto line = [](const std::string& text) {
    return text + "\r\nHost: h\r\n\r\n";
  };
  return {
      {"Plain", line("GET / HTTP/1.1"), kGood},
      {"LowerCaseMethodIsAnother", line("get / HTTP/1.1"),
       "request get http h / end; -> 200"},
      {"UnknownMethod", line("M-SEARCH / HTTP/1.1"),
       "request M-SEARCH http h / end; -> 200"},
      {"MethodWithSlash", line("G/T / HTTP/1.1"), kBad},
      {"MethodWithColon", line("GET: / HTTP/1.1"), kBad},
      {"NoMethod", line(" / HTTP/1.1"), kBad},
      {"NoTarget", line("GET HTTP/1.1"), kBad},
      {"NoVersion", line("GET /"), kBad},
      {"Http09", "GET /\r\n\r\n", kBad},
      {"TwoSpacesBeforeTarget", line("GET  / HTTP/1.1"), kBad},
      {"TwoSpacesBeforeVersion", line("GET /  HTTP/1.1"), kBad},
      {"TabBeforeTarget", line("GET\t/ HTTP/1.1"), kBad},
      {"TabBeforeVersion", line("GET /\tHTTP/1.1"), kBad},
      {"SpaceBeforeMethod", line(" GET / HTTP/1.1"), kBad},
      {"SpaceAfterVersion", line("GET / HTTP/1.1 "), kBad},
      {"SpaceInTarget", line("GET /a b HTTP/1.1"), kBad},
      {"TwoVersions", line("GET / HTTP/1.1 HTTP/1.1"), kBad},
      {"LowerCaseVersion", line("GET / http/1.1"), kBad},
      {"Version12", line("GET / HTTP/1.2"), "-> 505 closed"},
      {"Version20", line("GET / HTTP/2.0"), "-> 505 closed"},
      {"Version09", line("GET / HTTP/0.9"), "-> 505 closed"},
      {"VersionWithMoreDigits", line("GET / HTTP/1.10"), kBad},
      {"VersionWithoutMinor", line("GET / HTTP/1"), kBad},
      {"OtherProtocol", line("GET / ICAP/1.0"), kBad},
      {"TlsHello", Bytes({22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3, 13, 10}), kBad},
      {"EmptyLineBefore", "\r\n" + line("GET / HTTP/1.1"), kGood},
      {"TwoEmptyLinesBefore", "\r\n\r\n" + line("GET / HTTP/1.1"), kBad},
      {"BareLfBefore", "\n" + line("GET / HTTP/1.1"), kBad},
      {"NulInTarget", line("GET /" + Bytes({0}) + " HTTP/1.1"), kBad},
      {"Http2PrefaceTyped", "PRI * HTTP/2.0\r\n\r\n", "-> 505 closed"},
      {"Connect", line("CONNECT h:443 HTTP/1.1"), "-> 501 closed"},
  };
}

std::vector<Case> Targets() {
  auto to = [](const std::string& target, const std::string& host = "h") {
    return "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n";
  };
  return {
      {"Query", to("/a?b=c&d=%20"),
       "request GET http h /a?b=c&d=%20 end; -> 200"},
      {"DoubleSlash", to("//x/y"), "request GET http h //x/y end; -> 200"},
      {"Fragment", to("/a#b"), kBad},
      {"RelativePath", to("a"), kBad},
      {"QueryOnly", to("?a"), kBad},
      {"Asterisk", to("*"), kBad},
      {"AsteriskForOptions", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
       "request OPTIONS http h * end; -> 200"},
      {"Absolute", to("http://h/x"), "request GET http h /x end; -> 200"},
      {"AbsoluteWithoutPath", to("http://h"), kGood},
      {"AbsoluteWithQueryOnly", to("http://h?q"),
       "request GET http h /?q end; -> 200"},
      {"AbsoluteHttps", to("HTTPS://h/"), "request GET https h / end; -> 200"},
      {"AbsoluteOtherScheme", to("ftp://h/"), kBad},
      {"AbsoluteUnlikeHost", to("http://other/"), kBad},
      {"AbsoluteLikeHostButForCase", to("http://H/"),
       "request GET http H / end; -> 200"},
      {"AbsoluteWithUser", to("http://u@h/"), kBad},
      {"AbsoluteWithoutAuthority", to("http:///x"), kBad},
      {"AbsoluteWithFragment", to("http://h/#f"), kBad},
      {"AbsoluteOptions", "OPTIONS http://h HTTP/1.1\r\nHost: h\r\n\r\n",
       "request OPTIONS http h * end; -> 200"},
      {"NonAscii", to("/" + Bytes({0xc3, 0xa4})), kBad},
      {"Delete", to("/" + Bytes({0x7f})), kBad},
      {"HostWithPort", to("/", "a.b:8080"),
       "request GET http a.b:8080 / end; -> 200"},
      {"HostIpv6", to("/", "[::1]:80"),
       "request GET http [::1]:80 / end; -> 200"},
      {"HostEmpty", to("/", ""), "request GET http  / end; -> 200"},
      {"HostWithUser", to("/", "u@h"), kBad},
      {"HostWithPath", to("/", "h/x"), kBad},
      {"HostWithSpace", to("/", "h x"), kBad},
      {"HostWithTwoPorts", to("/", "h:1:2"), kBad},
      {"HostWithBadPort", to("/", "h:80a"), kBad},
      {"HostWithPortAboveAll", to("/", "h:65536"), kBad},
      {"HostWithoutName", to("/", ":80"), kBad},
      {"HostIpv6Open", to("/", "[::1"), kBad},
      {"HostList", to("/", "a, b"), kBad},
      {"HostMissing", "GET / HTTP/1.1\r\n\r\n", kBad},
      {"HostTwice", Get("Host: h\r\n"), kBad},
      {"HostTwiceUnlike", Get("Host: i\r\n"), kBad},
      {"HostMissingIn10", "GET / HTTP/1.0\r\n\r\n",
       "request GET http  / end; -> 200 closed"},
  };
}

std::vector<Case> FieldLines() {
  return {
      {"NoSpaceAfterColon", Get("A:b\r\n"),
       "request GET http h / a=b end; -> 200"},
      {"BlanksAroundValue", Get("A: \t b c \t\r\n"),
       "request GET http h / a=b c end; -> 200"},
      {"EmptyValue", Get("A:\r\n"), "request GET http h / a= end; -> 200"},
      {"TabInside", Get("A: b\tc\r\n"),
       "request GET http h / a=b\tc end; -> 200"},
      {"ObsText", Get("A: " + Bytes({0xe4}) + "\r\n"),
       "request GET http h / a=\xe4 end; -> 200"},
      {"SpaceBeforeColon", Get("A : b\r\n"), kBad},
      {"TabBeforeColon", Get("A\t: b\r\n"), kBad},
      {"NoColon", Get("A\r\n"), kBad},
      {"NoName", Get(": b\r\n"), kBad},
      {"SpaceBeforeName", Get(" A: b\r\n"), kBad},
      {"FoldedWithSpace", Get("A: b\r\n c\r\n"), kBad},
      {"FoldedWithTab", Get("A: b\r\n\tc\r\n"), kBad},
      {"FoldedFirstLine", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", kBad},
      {"BareLf", "GET / HTTP/1.1\r\nHost: h\nA: b\r\n\r\n", kBad},
      {"BareLfEverywhere", "GET / HTTP/1.1\nHost: h\n\n", kBad},
      {"BareLfAtTheEnd", "GET / HTTP/1.1\r\nHost: h\r\n\n", kBad},
      {"BareCrInValue", Get("A: b\rc\r\n"), kBad},
      {"BareCrInName", Get("A\rb: c\r\n"), kBad},
      {"CrCrLf", Get("A: b\r\r\n"), kBad},
      {"NulInValue", Get("A: " + Bytes({0}) + "\r\n"), kBad},
      {"NulInName", Get("A" + Bytes({0}) + ": b\r\n"), kBad},
      {"BellInValue", Get("A: " + Bytes({7}) + "\r\n"), kBad},
      {"DeleteInValue", Get("A: " + Bytes({0x7f}) + "\r\n"), kBad},
      {"EscapeInValue", Get("A: " + Bytes({0x1b}) + "[2J\r\n"), kBad},
      {"ParenthesisInName", Get("A(b): c\r\n"), kBad},
      {"NonAsciiInName", Get(Bytes({0xe4}) + ": c\r\n"), kBad},
      {"QuoteInName", Get("\"A\": c\r\n"), kBad},
      {"UnderscoreInName", Get("a_b: c\r\n"),
       "request GET http h / a_b=c end; -> 200"},
      {"MeshFieldIsForTheListener", Get("Herald-Label: c\r\n"),
       "request GET http h / herald-label=c end; -> 200"},
      {"MeshTwinWithUnderscore", Get("Herald_Label: c\r\n"), kBad},
      {"MeshTwinFurtherOn", Get("herald-a_b: c\r\n"), kBad},
      {"PseudoHeader", Get(":path: /x\r\n"), kBad},
      {"RepeatedFieldsStay", Get("A: 1\r\na: 2\r\n"),
       "request GET http h / a=1 a=2 end; -> 200"},
      {"ConnectionNamesItsOwn",
       Get("Connection: keep-alive, Upgrade, HTTP2-Settings\r\n"
           "Upgrade: h2c\r\nHTTP2-Settings: AAMA\r\n"),
       kGood},
      {"ConnectionNamesAnother", Get("Connection: X-Role\r\nX-Role: a\r\n"),
       kBad},
      {"ConnectionNamesAMeshField", Get("Connection: herald-label\r\n"), kBad},
      {"ConnectionClose", Get("Connection: Close\r\n"),
       "request GET http h / end; -> 200 closed"},
      {"ConnectionCloseWins", Get("Connection: keep-alive, close\r\n"),
       "request GET http h / end; -> 200 closed"},
      {"ProxyConnectionIsDropped", Get("Proxy-Connection: x\r\n"), kGood},
      {"Te", Get("TE: deflate;q=0.5, Trailers\r\n"),
       "request GET http h / +te end; -> 200"},
      {"ExpectOther", Get("Expect: 200-ok\r\n"), "-> 417 closed"},
      {"ExpectTwice", Get("Expect: 100-continue\r\nExpect: 100-continue\r\n"),
       "-> 417 closed"},
      {"ExpectInHttp10", "GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n",
       "request GET http  / end; -> 200 closed"},
  };
}

std::vector<Case> Lengths() {
  static constexpr char kAbc[] =
      "request POST http h / +cl3; data abc; end; -> 200";
  auto of = [](const std::string& value) {
    return Post("Content-Length: " + value + "\r\n", "abc");
  };
  return {
      {"Plain", of("3"), kAbc},
      {"LeadingZeros", of("003"), kAbc},
      {"Zero", Post("Content-Length: 0\r\n", ""),
       "request POST http h / +cl0 end; -> 200"},
      {"Plus", of("+3"), kBad},
      {"Minus", of("-3"), kBad},
      {"Empty", of(""), kBad},
      {"Hex", of("0x3"), kBad},
      {"Letters", of("3a"), kBad},
      {"Fraction", of("3.0"), kBad},
      {"InnerSpace", of("3 3"), kBad},
      {"ListEqual", of("3, 3"), kBad},
      {"ListUnlike", of("3, 4"), kBad},
      {"Underscore", of("0_3"), kBad},
      {"Overflow", of("18446744073709551619"), kBad},
      {"TwentyDigits", of("00000000000000000003"), kBad},
      {"TwiceEqual", Post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"),
       kBad},
      {"TwiceUnlike", Post("Content-Length: 3\r\nContent-Length: 0\r\n", "abc"),
       kBad},
      {"SpaceBeforeColon", Post("Content-Length : 3\r\n", "abc"), kBad},
      {"OnGet", Get("Content-Length: 3\r\n") + "abc",
       "request GET http h / +cl3; data abc; end; -> 200"},
      {"ShortBody", Post("Content-Length: 5\r\n", "abc"),
       "request POST http h / +cl5; data abc; reset protocol broken; ->"},
      {"BytesBehindAreARequest", Post("Content-Length: 1\r\n", "aXYZ / Q\r\n"),
       "request POST http h / +cl1; data a; end; -> 200 400 closed"},
      {"SmuggledPrefixIsBody",
       Post("Content-Length: 21\r\n", "GET /x HTTP/1.1\r\nA: b"),
       "request POST http h / +cl21; data GET /x HTTP/1.1\r; A: b; end; "
       "-> 200"},
      {"UnderscoreTwinIsNoLength", Post("Content_Length: 3\r\n", ""),
       "request POST http h / content_length=3 end; -> 200"},
  };
}

std::vector<Case> Codings() {
  auto of = [](const std::string& fields) { return Post(fields, "0\r\n\r\n"); };
  static constexpr char kEmpty[] = "request POST http h /; end; -> 200";
  static constexpr char kUnknown[] = "-> 501 closed";
  return {
      {"Chunked", of("Transfer-Encoding: chunked\r\n"), kEmpty},
      {"OtherCase", of("TRANSFER-encoding: CHUNKED\r\n"), kEmpty},
      {"BlanksAround", of("Transfer-Encoding:\t chunked \r\n"), kEmpty},
      {"Identity", of("Transfer-Encoding: identity\r\n"), kUnknown},
      {"Gzip", of("Transfer-Encoding: gzip\r\n"), kUnknown},
      {"GzipThenChunked", of("Transfer-Encoding: gzip, chunked\r\n"), kUnknown},
      {"ChunkedThenIdentity", of("Transfer-Encoding: chunked, identity\r\n"),
       kUnknown},
      {"ChunkedTwice", of("Transfer-Encoding: chunked, chunked\r\n"), kUnknown},
      {"ChunkedInTwoFields",
       of("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
       kBad},
      {"IdentityThenChunkedInTwoFields",
       of("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n"),
       kUnknown},
      {"Xchunked", of("Transfer-Encoding: xchunked\r\n"), kUnknown},
      {"Quoted", of("Transfer-Encoding: \"chunked\"\r\n"), kUnknown},
      {"WithParameter", of("Transfer-Encoding: chunked;q=1\r\n"), kUnknown},
      {"Empty", of("Transfer-Encoding:\r\n"), kUnknown},
      {"TrailingComma", of("Transfer-Encoding: chunked,\r\n"), kUnknown},
      {"VerticalTab",
       of("Transfer-Encoding: \x0b"
          "chunked\r\n"),
       kBad},
      {"SpaceBeforeColon", of("Transfer-Encoding : chunked\r\n"), kBad},
      {"Folded", of("Transfer-Encoding:\r\n chunked\r\n"), kBad},
      {"InHttp10",
       "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", kBad},
      {"BesideLength",
       of("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), kBad},
      {"BeforeLength",
       of("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), kBad},
      {"BesideZeroLength",
       of("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), kBad},
      {"UnknownBesideLength",
       of("Content-Length: 5\r\nTransfer-Encoding: x\r\n"), kBad},
  };
}

std::vector<Case> Chunks() {
  static constexpr char kAbc[] = "request POST http h /; data abc; end; -> 200";
  static constexpr char kBroken[] =
      "request POST http h /; reset protocol broken; -> 400 closed";
  static constexpr char kBrokenAfterAbc[] =
      "request POST http h /; data abc; reset protocol broken; "
      "-> 400 closed";
  return {
      {"Plain", Chunked("3\r\nabc\r\n0\r\n\r\n"), kAbc},
      {"Several", Chunked("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"), kAbc},
      {"LeadingZeros", Chunked("0003\r\nabc\r\n000\r\n\r\n"), kAbc},
      {"UpperHex", Chunked("A\r\n0123456789\r\n0\r\n\r\n"),
       "request POST http h /; data 0123456789; end; -> 200"},
      {"Extension", Chunked("3;a=b;c;d=\"e f\"\r\nabc\r\n0;x\r\n\r\n"), kAbc},
      {"ExtensionWithSpace", Chunked("3 ;a=b\r\nabc\r\n0\r\n\r\n"), kBroken},
      {"ExtensionWithControl", Chunked("3;a=\x01\r\nabc\r\n0\r\n\r\n"),
       kBroken},
      {"ExtensionWithCr", Chunked("3;a\rb\r\nabc\r\n0\r\n\r\n"), kBroken},
      {"ExtensionWithLf", Chunked("3;a\nabc\r\n0\r\n\r\n"), kBroken},
      {"ExtensionWithoutName", Chunked("3;\r\nabc\r\n0\r\n\r\n"), kBroken},
      {"ExtensionWithOpenQuote", Chunked("3;a=\"b\r\nabc\r\n0\r\n\r\n"),
       kBroken},
      {"ExtensionTooLong",
       Chunked("3;" + std::string(300, 'a') + "\r\nabc\r\n0\r\n\r\n"), kBroken},
      {"SpaceAfterSize", Chunked("3 \r\nabc\r\n0\r\n\r\n"), kBroken},
      {"SpaceBeforeSize", Chunked(" 3\r\nabc\r\n0\r\n\r\n"), kBroken},
      {"Plus", Chunked("+3\r\nabc\r\n0\r\n\r\n"), kBroken},
      {"Minus", Chunked("-1\r\nabc\r\n0\r\n\r\n"), kBroken},
      {"HexPrefix", Chunked("0x3\r\nabc\r\n0\r\n\r\n"), kBroken},
      {"Empty", Chunked("\r\nabc\r\n0\r\n\r\n"), kBroken},
      {"Underscore", Chunked("0_3\r\nabc\r\n0\r\n\r\n"), kBroken},
      {"SixteenDigits", Chunked("0000000000000003\r\nabc\r\n0\r\n\r\n"),
       kBroken},
      {"Overflow", Chunked("10000000000000003\r\nabc\r\n0\r\n\r\n"), kBroken},
      {"BareLfAfterSize", Chunked("3\nabc\r\n0\r\n\r\n"), kBroken},
      {"BareLfAfterBody", Chunked("3\r\nabc\n0\r\n\r\n"), kBrokenAfterAbc},
      {"BareCrAfterBody", Chunked("3\r\nabc\r0\r\n\r\n"), kBrokenAfterAbc},
      {"BodyTooLong", Chunked("3\r\nabcd\r\n0\r\n\r\n"), kBrokenAfterAbc},
      {"NoEndAfterBody", Chunked("3\r\nabc0\r\n\r\n"), kBrokenAfterAbc},
      {"BareLfAfterLastChunk", Chunked("3\r\nabc\r\n0\n\r\n"), kBrokenAfterAbc},
      {"BareLfAtTheEnd", Chunked("3\r\nabc\r\n0\r\n\n"), kBrokenAfterAbc},
      {"CutShort", Chunked("3\r\nabc\r\n"),
       "request POST http h /; data abc; reset protocol broken; ->"},
      {"RequestBehind", Chunked("0\r\n\r\n") + Get(""),
       "request POST http h /; end; request GET http h / end; -> 200 200"},
  };
}

std::vector<Case> TrailerSections() {
  auto of = [](const std::string& trailers) {
    return Chunked("0\r\n" + trailers + "\r\n");
  };
  static constexpr char kBroken[] =
      "request POST http h /; reset protocol broken; -> 400 closed";
  return {
      {"Plain", of("X-Sum: 6\r\nY:\r\n"),
       "request POST http h /; trailers x-sum=6 y=; -> 200"},
      {"ContentLength", of("Content-Length: 3\r\n"), kBroken},
      {"TransferEncoding", of("Transfer-Encoding: chunked\r\n"), kBroken},
      {"HostField", of("Host: h\r\n"), kBroken},
      {"ConnectionField", of("Connection: close\r\n"), kBroken},
      {"TeField", of("TE: trailers\r\n"), kBroken},
      {"MeshTwin", of("herald_x: 1\r\n"), kBroken},
      {"Pseudo", of(":status: 200\r\n"), kBroken},
      {"FoldedLine", of("A: b\r\n c\r\n"), kBroken},
      {"SpaceBeforeColon", of("A : b\r\n"), kBroken},
      {"NulInValue", of("A: " + Bytes({0}) + "\r\n"), kBroken},
      {"TooMany", of([] {
         std::string many;
         for (int i = 0; i < 101; ++i) many += "a: b\r\n";
         return many;
       }()),
       "request POST http h /; reset too big; -> 431 closed"},
  };
}

std::vector<Case> Sizes() {
  auto fields = [](size_t n) {
    std::string out;
    for (size_t i = 0; i < n; ++i) out += "A: b\r\n";
    return out;
  };
  // Host, which is a field too, makes the hundred full.
  std::string hundred = "request GET http h /";
  for (int i = 0; i < 99; ++i) hundred += " a=b";
  static const std::string kHundred = hundred + " end; -> 200";
  return {
      {"AHundredFields", Get(fields(99)), kHundred.c_str()},
      {"AHundredAndOneFields", Get(fields(100)), "-> 431 closed"},
      {"LongTarget", "GET /" + std::string(17'000, 'a') + " HTTP/1.1\r\n\r\n",
       "-> 414 closed"},
      {"EndlessTarget", "GET /" + std::string(17'000, 'a'), "-> 414 closed"},
  };
}

class H1RequestsTest : public ::testing::TestWithParam<Case> {};

TEST_P(H1RequestsTest, ComesToTheSameHoweverItIsCut) {
  const Case& c = GetParam();
  Replay whole = ServeH1(c.bytes, WholePiece());
  EXPECT_EQ(Summary(whole), c.expected);
  EXPECT_EQ(ServeH1(c.bytes, PiecesOf(1)).Text(), whole.Text());
  // Cutting a long case everywhere is quadratic and shows nothing more.
  size_t step = 1 + c.bytes.size() / 1000;
  for (size_t at = 1; at < c.bytes.size(); at += step) {
    ASSERT_EQ(ServeH1(c.bytes, CutAt(at)).Text(), whole.Text()) << at;
  }
  Limits narrow;
  narrow.body_window = 1;
  EXPECT_EQ(ServeH1(c.bytes, PiecesOf(7), narrow).Text(), whole.Text());
}

std::string NameOf(const ::testing::TestParamInfo<Case>& info) {
  return info.param.name;
}
INSTANTIATE_TEST_SUITE_P(StartLine, H1RequestsTest,
                         ::testing::ValuesIn(StartLines()), NameOf);
INSTANTIATE_TEST_SUITE_P(Target, H1RequestsTest, ::testing::ValuesIn(Targets()),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(FieldLine, H1RequestsTest,
                         ::testing::ValuesIn(FieldLines()), NameOf);
INSTANTIATE_TEST_SUITE_P(ContentLength, H1RequestsTest,
                         ::testing::ValuesIn(Lengths()), NameOf);
INSTANTIATE_TEST_SUITE_P(TransferEncoding, H1RequestsTest,
                         ::testing::ValuesIn(Codings()), NameOf);
INSTANTIATE_TEST_SUITE_P(Chunk, H1RequestsTest, ::testing::ValuesIn(Chunks()),
                         NameOf);
INSTANTIATE_TEST_SUITE_P(Trailers, H1RequestsTest,
                         ::testing::ValuesIn(TrailerSections()), NameOf);
INSTANTIATE_TEST_SUITE_P(Size, H1RequestsTest, ::testing::ValuesIn(Sizes()),
                         NameOf);

}  // namespace
}  // namespace herald::http::testing
