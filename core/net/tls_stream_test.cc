// SPDX-License-Identifier: Apache-2.0
//
// Both ends of a TLS stream, over a pair of sockets.
#include "core/net/tls_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>
#include <string>

#include "core/net/web_tls.h"
#include "tests/support/test_pki.h"
#include "tests/support/turns.h"

namespace herald::net {
namespace {

using test::TurnUntil;
using test::TurnUntilQuiet;
using ::testing::HasSubstr;

// One end: reads on as long as it may, writes all it is told.
struct End final : SocketEvents {
  void Make(AsioLoop& loop, UniqueFd fd, SSL* session,
            Duration patience = std::chrono::seconds(10)) {
    stream = std::make_unique<TlsStream>(
        TlsStream::Setup{loop, std::move(fd), session, patience,
                         [this] { secured = true; }},
        this);
    stream->Read();
  }
  void Say(std::string text) {
    to_say += text;
    SayOn();
  }
  void SayOn() {
    auto taken = stream->Write(to_say);
    write_dead = !taken;
    to_say.erase(0, taken.value_or(0));
  }
  void OnBytes(std::string_view bytes) override {
    heard += bytes;
    if (reads_on) stream->Read();
  }
  void OnEof() override { eof = true; }
  void OnBroken(const std::string& why) override { broken = why; }
  void OnWritable() override { SayOn(); }

  std::unique_ptr<TlsStream> stream;
  std::string to_say;
  std::string heard;
  std::string broken;
  bool secured = false;
  bool eof = false;
  bool write_dead = false;
  bool reads_on = true;
};

class TlsStreamTest : public ::testing::Test {
 protected:
  TlsStreamTest() {
    auto now = std::chrono::duration_cast<std::chrono::seconds>(
        loop_.WallNow().time_since_epoch());
    IdentityFiles pem = pki_.Issue({.hosts = {"DNS:here"},
                                    .not_before = now - std::chrono::hours(1),
                                    .not_after = now + std::chrono::hours(1)});
    pem.trust.clear();
    const IdentityFiles names = {"a.crt", "a.key", "ca.crt"};
    server_tls_ = *WebTls::Make(WebTls::End::kServer, loop_, pem, names);
    client_tls_ = *WebTls::Make(WebTls::End::kClient, loop_,
                                {"", "", pki_.root_pem()}, names);
  }
  void Pair() {
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds_), 0);
    // A second name for the client's socket, to cut it without a word.
    client_fd_ = UniqueFd(dup(fds_[0]));
    client_.Make(loop_, UniqueFd(fds_[0]), client_tls_->NewSession("here"));
    server_.Make(loop_, UniqueFd(fds_[1]), server_tls_->NewSession());
  }
  void Secured() {
    Pair();
    ASSERT_TRUE(
        TurnUntil(loop_, [&] { return client_.secured && server_.secured; }));
  }
  bool Hears(const End& end, const std::string& text) {
    return TurnUntil(loop_, [&] { return end.heard == text; });
  }

  AsioLoop loop_;
  test::TestPki pki_;
  std::unique_ptr<WebTls> server_tls_;
  std::unique_ptr<WebTls> client_tls_;
  int fds_[2];
  UniqueFd client_fd_;
  End client_;
  End server_;
};

TEST_F(TlsStreamTest, WhatOneEndSaysTheOtherHears) {
  Secured();
  client_.Say("hello");
  EXPECT_TRUE(Hears(server_, "hello"));
  server_.Say("welcome");
  EXPECT_TRUE(Hears(client_, "welcome"));
}

TEST_F(TlsStreamTest, WhatIsWrittenBeforeTheHandshakeWaitsWithTheWriter) {
  Pair();
  client_.Say("early");
  EXPECT_EQ(client_.to_say, "early");
  EXPECT_TRUE(Hears(server_, "early"));
}

TEST_F(TlsStreamTest, MoreThanTheSocketTakesArrivesInPieces) {
  Secured();
  const std::string large(4 << 20, 'x');
  server_.reads_on = false;
  client_.Say(large);
  TurnUntilQuiet(loop_);
  EXPECT_FALSE(client_.to_say.empty());
  server_.reads_on = true;
  server_.stream->Read();
  EXPECT_TRUE(
      TurnUntil(loop_, [&] { return server_.heard.size() == large.size(); }));
  EXPECT_TRUE(server_.heard == large);
}

TEST_F(TlsStreamTest, WhoeverDoesNotAskGetsNothing) {
  Secured();
  server_.reads_on = false;
  client_.Say("first");
  ASSERT_TRUE(Hears(server_, "first"));
  client_.Say("second");
  TurnUntilQuiet(loop_);
  EXPECT_EQ(server_.heard, "first");
  EXPECT_FALSE(server_.stream->Quiet());
  server_.stream->Read();
  EXPECT_TRUE(Hears(server_, "firstsecond"));
}

TEST_F(TlsStreamTest, AGoodbyeIsAnEndAndTheOtherEndMaySpeakOn) {
  Secured();
  client_.stream->ShutdownWrite();
  ASSERT_TRUE(TurnUntil(loop_, [&] { return server_.eof; }));
  EXPECT_EQ(server_.broken, "");
  server_.Say("still here");
  EXPECT_TRUE(Hears(client_, "still here"));
}

TEST_F(TlsStreamTest, ItsDestructionSaysGoodbye) {
  Secured();
  client_.stream.reset();
  EXPECT_TRUE(TurnUntil(loop_, [&] { return server_.eof; }));
}

TEST_F(TlsStreamTest, AConnectionCutOffIsNotAnEnd) {
  Secured();
  shutdown(client_fd_.get(), SHUT_RDWR);
  ASSERT_TRUE(TurnUntil(loop_, [&] { return !server_.broken.empty(); }));
  EXPECT_EQ(server_.broken, "the connection was cut");
  EXPECT_FALSE(server_.eof);
}

TEST_F(TlsStreamTest, BothEndsAreToldWhyACertificateIsRefused) {
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds_), 0);
  client_.Make(loop_, UniqueFd(fds_[0]), client_tls_->NewSession("there"));
  server_.Make(loop_, UniqueFd(fds_[1]), server_tls_->NewSession());
  ASSERT_TRUE(TurnUntil(loop_, [&] {
    return !client_.broken.empty() && !server_.broken.empty();
  }));
  EXPECT_EQ(client_.broken, "its certificate is not for there");
  EXPECT_THAT(server_.broken, HasSubstr("alert bad certificate"));
  EXPECT_FALSE(client_.secured);
}

TEST_F(TlsStreamTest, AHandshakeIsBoundedInTime) {
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds_), 0);
  UniqueFd silent(fds_[0]);
  server_.Make(loop_, UniqueFd(fds_[1]), server_tls_->NewSession(),
               std::chrono::milliseconds(20));
  ASSERT_TRUE(TurnUntil(loop_, [&] { return !server_.broken.empty(); }));
  EXPECT_EQ(server_.broken, "no TLS handshake in time");
}

TEST_F(TlsStreamTest, NonsenseIsNoHandshake) {
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds_), 0);
  UniqueFd talker(fds_[0]);
  server_.Make(loop_, UniqueFd(fds_[1]), server_tls_->NewSession());
  ASSERT_EQ(write(talker.get(), "GET / HTTP/1.1\r\n\r\n", 18), 18);
  ASSERT_TRUE(TurnUntil(loop_, [&] { return !server_.broken.empty(); }));
  EXPECT_THAT(server_.broken, HasSubstr("TLS: "));
}

}  // namespace
}  // namespace herald::net
