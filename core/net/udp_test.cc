// SPDX-License-Identifier: Apache-2.0
#include "core/net/udp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <string>
#include <vector>

#include "core/net/fd.h"

namespace herald::net {
namespace {

using ::testing::HasSubstr;

class Listener final : public DatagramEvents {
 public:
  void OnDatagrams(const ReceivedBatch& batch) override {
    path = *batch.path;
    ecn = batch.ecn;
    for (size_t at = 0; at < batch.bytes.size(); at += batch.segment) {
      auto one = batch.bytes.subspan(
          at, std::min(batch.segment, batch.bytes.size() - at));
      got.emplace_back(one.begin(), one.end());
    }
  }
  void OnSendable() override {}
  std::vector<std::string> got;
  Path path;
  Ecn ecn = Ecn::kNotEct;
};

std::unique_ptr<UdpSocket> Open(AsioLoop& loop, const std::string& address) {
  auto socket = UdpSocket::Bind(loop, *Address::Parse(address));
  return socket.ok() ? *std::move(socket) : nullptr;
}

void Wait(AsioLoop& loop, const Listener& listener, size_t count) {
  for (int i = 0; i < 200 && listener.got.size() < count; ++i) {
    loop.RunTurn(std::chrono::milliseconds(10));
  }
}

TEST(UdpSocketTest, SendsABatchThatArrivesAsDatagrams) {
  AsioLoop loop;
  auto a = Open(loop, "127.0.0.1:0");
  auto b = Open(loop, "127.0.0.1:0");
  ASSERT_TRUE(a && b);
  Listener listener;
  b->SetEvents(&listener);
  std::string text(2500, 'x');
  EXPECT_TRUE(a->Send({a->local(), b->local()},
                      {reinterpret_cast<const uint8_t*>(text.data()), 2500},
                      1000, Ecn::kEct0));
  Wait(loop, listener, 3);
  ASSERT_EQ(listener.got.size(), 3u);
  EXPECT_EQ(listener.got[0].size(), 1000u);
  EXPECT_EQ(listener.got[2].size(), 500u);
  EXPECT_EQ(listener.path.remote, a->local());
  EXPECT_EQ(listener.ecn, Ecn::kEct0);
}

// The kernel gives batches of different senders apart; a loop that slept takes
// one of them a turn.
TEST(UdpSocketTest, WhatATurnLeavesBehindComesInTheNext) {
  AsioLoop loop;
  auto a = Open(loop, "127.0.0.1:0");
  auto b = Open(loop, "127.0.0.1:0");
  auto c = Open(loop, "127.0.0.1:0");
  ASSERT_TRUE(a && b && c);
  Listener listener;
  c->SetEvents(&listener);
  const uint8_t byte = 1;
  // From a timer, so that the turn before it slept.
  loop.RunAt(loop.Now() + std::chrono::milliseconds(2), [&] {
    for (int i = 0; i < 5; ++i) {
      a->Send({a->local(), c->local()}, {&byte, 1}, 1, Ecn::kNotEct);
      b->Send({b->local(), c->local()}, {&byte, 1}, 1, Ecn::kNotEct);
    }
  });
  Wait(loop, listener, 10);
  EXPECT_EQ(listener.got.size(), 10u);
}

TEST(UdpSocketTest, ReportsTheBuffersItWasGranted) {
  AsioLoop loop;
  auto a = Open(loop, "127.0.0.1:0");
  ASSERT_TRUE(a);
  EXPECT_GT(a->receive_buffer(), 0);
  EXPECT_GT(a->send_buffer(), 0);
  EXPECT_NE(a->local().port(), 0);
}

// One socket bound to all addresses, and another on 127.0.0.1 that talks to it.
class UdpToAllTest : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const bool ipv6 = GetParam()[0] == '[';
    if (all_ == nullptr && ipv6) GTEST_SKIP() << "this machine has no IPv6";
    ASSERT_TRUE(all_ && one_);
    all_->SetEvents(&at_all_);
    one_->SetEvents(&at_one_);
  }
  // Says hello from `one` to a loopback address of the machine.
  void Greet(const char* host) {
    to_ = Address::Parse(host)->WithPort(all_->local().port());
    one_->Send({one_->local(), to_}, hello_, 2, Ecn::kNotEct);
    Wait(loop_, at_all_, 1);
    ASSERT_EQ(at_all_.got.size(), 1u);
  }

  AsioLoop loop_;
  std::unique_ptr<UdpSocket> all_ = Open(loop_, GetParam());
  std::unique_ptr<UdpSocket> one_ = Open(loop_, "127.0.0.1:0");
  Listener at_all_;
  Listener at_one_;
  Address to_;
  const uint8_t hello_[2] = {'h', 'i'};
};

TEST_P(UdpToAllTest, HearsAndAnswersIpv4) {
  Greet("127.0.0.1:0");
  EXPECT_EQ(at_all_.path.remote, one_->local());
  all_->Send(at_all_.path, hello_, 2, Ecn::kNotEct);
  Wait(loop_, at_one_, 1);
  EXPECT_EQ(at_one_.got.size(), 1u);
}

// All of 127.0.0.0/8 is this machine's: it is one with several addresses.
TEST_P(UdpToAllTest, AnswersFromTheAddressThatWasMeant) {
  Greet("127.0.0.7:0");
  EXPECT_EQ(at_all_.path.local, to_);
  all_->Send(at_all_.path, hello_, 1, Ecn::kEct0);  // a batch of two
  Wait(loop_, at_one_, 2);
  ASSERT_EQ(at_one_.got.size(), 2u);
  EXPECT_EQ(at_one_.path.remote, to_);
}

TEST_P(UdpToAllTest, SpeaksFirst) {
  all_->Send({all_->local(), one_->local()}, hello_, 2, Ecn::kNotEct);
  Wait(loop_, at_one_, 1);
  EXPECT_EQ(at_one_.got.size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Families, UdpToAllTest,
                         ::testing::Values("0.0.0.0:0", "[::]:0"));

TEST(UdpSocketTest, SaysWhichAddressIsInUse) {
  AsioLoop loop;
  auto a = Open(loop, "127.0.0.1:0");
  ASSERT_TRUE(a);
  auto again = UdpSocket::Bind(loop, a->local());
  EXPECT_THAT(Message(again.status()),
              HasSubstr("UDP " + a->local().ToString() + " is in use; stop"));
}

// The type of service of the next datagram at `fd`, as it came.
int NextTos(int fd) {
  char byte = 0;
  alignas(cmsghdr) char control[64];
  iovec piece = {&byte, 1};
  msghdr message = {};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (recvmsg(fd, &message, 0) < 0) return -1;
  cmsghdr* mark = CMSG_FIRSTHDR(&message);
  if (mark == nullptr || mark->cmsg_type != IP_TOS) return -1;
  return *CMSG_DATA(mark);
}

TEST(UdpSocketTest, MarksWhatItSendsBesideTheBitsOfEcn) {
  UniqueFd far(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in at = {};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  ASSERT_EQ(bind(far.get(), reinterpret_cast<sockaddr*>(&at), size), 0);
  getsockname(far.get(), reinterpret_cast<sockaddr*>(&at), &size);
  const int on = 1;
  setsockopt(far.get(), IPPROTO_IP, IP_RECVTOS, &on, sizeof on);

  AsioLoop loop;
  constexpr uint8_t kExpedited = 46;  // RFC 3246
  auto near = UdpSocket::Bind(loop, *Address::Parse("127.0.0.1:0"),
                              {.dscp = kExpedited});
  ASSERT_TRUE(near.ok());
  const Address to =
      Address::FromSockaddr(reinterpret_cast<sockaddr*>(&at), size);
  const uint8_t byte = 1;
  (*near)->Send({(*near)->local(), to}, {&byte, 1}, 1, Ecn::kNotEct);
  EXPECT_EQ(NextTos(far.get()), kExpedited << 2);
  (*near)->Send({(*near)->local(), to}, {&byte, 1}, 1, Ecn::kEct0);
  EXPECT_EQ(NextTos(far.get()), kExpedited << 2 | static_cast<int>(Ecn::kEct0));
}

TEST(UdpSocketTest, SaysWhichInterfaceItCannotLeaveBy) {
  AsioLoop loop;
  auto socket = UdpSocket::Bind(loop, *Address::Parse("127.0.0.1:0"),
                                {.interface = "nosuch0"});
  EXPECT_THAT(Message(socket.status()), HasSubstr("interface nosuch0: "));
}

TEST(UdpSocketTest, EmptyDatagramsPassUnheard) {
  AsioLoop loop;
  auto a = Open(loop, "127.0.0.1:0");
  auto b = Open(loop, "127.0.0.1:0");
  Listener listener;
  b->SetEvents(&listener);
  for (int i = 0; i < 100; ++i) {
    a->Send({a->local(), b->local()}, {}, 1200, Ecn::kNotEct);
  }
  const uint8_t last[] = {'!'};
  a->Send({a->local(), b->local()}, last, 1, Ecn::kNotEct);
  Wait(loop, listener, 1);
  EXPECT_EQ(listener.got, std::vector<std::string>{"!"});
}

}  // namespace
}  // namespace herald::net
