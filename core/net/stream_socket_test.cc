// SPDX-License-Identifier: Apache-2.0
#include "core/net/stream_socket.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <memory>
#include <string>

#include "tests/support/turns.h"

namespace herald::net {
namespace {

using test::TurnUntil;

class Recorder final : public SocketEvents {
 public:
  void OnBytes(std::string_view bytes) override {
    received += bytes;
    ++pieces;
  }
  void OnEof() override { eof = true; }
  void OnBroken(const std::string& why) override { broken = why; }
  void OnWritable() override { writable = true; }

  std::string received;
  int pieces = 0;
  bool eof = false;
  bool writable = false;
  std::string broken;
};

class StreamSocketTest : public testing::Test {
 protected:
  StreamSocketTest() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    other_ = UniqueFd(fds[1]);
    socket_ = std::make_unique<StreamSocket>(loop_, UniqueFd(fds[0]), &events_);
  }
  void Say(std::string_view text) {
    EXPECT_EQ(write(other_.get(), text.data(), text.size()),
              static_cast<ssize_t>(text.size()));
  }

  AsioLoop loop_;
  Recorder events_;
  UniqueFd other_;
  std::unique_ptr<StreamSocket> socket_;
};

TEST_F(StreamSocketTest, BytesArriveOnceAskedFor) {
  Say("hello");
  socket_->Read();
  EXPECT_TRUE(TurnUntil(loop_, [&] { return events_.received == "hello"; }));
}

TEST_F(StreamSocketTest, WhoeverDoesNotAskGetsNothing) {
  Say("first");
  socket_->Read();
  TurnUntil(loop_, [&] { return events_.pieces == 1; });
  Say("second");
  test::TurnUntilQuiet(loop_);
  EXPECT_EQ(events_.received, "first");

  socket_->Read();
  EXPECT_TRUE(
      TurnUntil(loop_, [&] { return events_.received == "firstsecond"; }));
}

TEST_F(StreamSocketTest, HalfCloseIsAnEndAndNotADeath) {
  shutdown(other_.get(), SHUT_WR);
  socket_->Read();
  ASSERT_TRUE(TurnUntil(loop_, [&] { return events_.eof; }));
  EXPECT_EQ(socket_->Write("still here"), 10u);
  char heard[16];
  EXPECT_EQ(read(other_.get(), heard, sizeof heard), 10);
}

TEST_F(StreamSocketTest, ShutdownWriteTellsTheOtherEnd) {
  socket_->ShutdownWrite();
  char heard[16];
  EXPECT_EQ(read(other_.get(), heard, sizeof heard), 0);
}

TEST_F(StreamSocketTest, AFullKernelTakesAPartAndSaysWhenItCanTakeMore) {
  std::string much(8 << 20, 'x');
  auto taken = socket_->Write(much);
  ASSERT_TRUE(taken.has_value());
  ASSERT_LT(*taken, much.size());
  test::TurnUntilQuiet(loop_);
  EXPECT_FALSE(events_.writable);

  std::string sink(*taken, '\0');
  for (size_t got = 0; got < *taken;) {
    ssize_t n = read(other_.get(), sink.data(), sink.size());
    ASSERT_GT(n, 0);
    got += static_cast<size_t>(n);
  }
  EXPECT_TRUE(TurnUntil(loop_, [&] { return events_.writable; }));
}

TEST_F(StreamSocketTest, WritingToTheDeadSaysSo) {
  other_.Reset();
  EXPECT_EQ(socket_->Write("anyone?"), std::nullopt);
}

TEST_F(StreamSocketTest, NothingIsReportedAfterItsEnd) {
  Say("too late");
  socket_->Read();
  // Turns to the point where the handler may be queued, then ends it.
  socket_.reset();
  test::TurnUntilQuiet(loop_);
  EXPECT_EQ(events_.pieces, 0);
}

TEST_F(StreamSocketTest, MayBeDestroyedInsideItsOwnEvent) {
  class Suicide final : public SocketEvents {
   public:
    void OnBytes(std::string_view) override { socket.reset(); }
    void OnEof() override {}
    void OnBroken(const std::string&) override {}
    void OnWritable() override {}
    std::unique_ptr<StreamSocket> socket;
  } owner;
  int fds[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
  owner.socket =
      std::make_unique<StreamSocket>(loop_, UniqueFd(fds[0]), &owner);
  UniqueFd other(fds[1]);
  ASSERT_EQ(write(other.get(), "x", 1), 1);
  owner.socket->Read();
  EXPECT_TRUE(TurnUntil(loop_, [&] { return !owner.socket; }));
}

TEST_F(StreamSocketTest, IsQuietUntilTheOtherEndSpeaks) {
  EXPECT_TRUE(socket_->Quiet());
  Say("x");
  EXPECT_FALSE(socket_->Quiet());
}

TEST_F(StreamSocketTest, IsNotQuietOnceTheOtherEndHasClosed) {
  other_.Reset();
  EXPECT_FALSE(socket_->Quiet());
}

TEST_F(StreamSocketTest, TheKernelVouchesForTheOtherEndOfAUnixSocket) {
  auto found = socket_->peer_credentials();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->pid, getpid());
  EXPECT_EQ(found->uid, geteuid());
}

}  // namespace
}  // namespace herald::net
