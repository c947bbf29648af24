// SPDX-License-Identifier: Apache-2.0
#include "core/net/listen_socket.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/net/dial.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/turns.h"

namespace herald::net {
namespace {

using test::TurnUntil;
using testing::HasSubstr;

class Recorder final : public ListenEvents {
 public:
  void OnAccepted(UniqueFd fd, const Address& remote) override {
    accepted.push_back(std::move(fd));
    remotes.push_back(remote);
  }
  void OnExhausted(const std::string& why) override { exhausted = why; }

  std::vector<UniqueFd> accepted;
  std::vector<Address> remotes;
  std::string exhausted;
};

class ListenSocketTest : public testing::Test {
 protected:
  StatusOr<std::unique_ptr<ListenSocket>> Open(const std::string& address) {
    return ListenSocket::Open(loop_, *Address::Parse(address), "listen.agents");
  }
  StatusOr<UniqueFd> Connect(const Address& to, const DialFrom& from = {}) {
    StatusOr<UniqueFd> outcome = Unavailable("still dialling");
    bool over = false;
    Dial dial(
        loop_, to, std::chrono::seconds(5),
        [&](StatusOr<UniqueFd> fd) {
          outcome = std::move(fd);
          over = true;
        },
        from);
    TurnUntil(loop_, [&] { return over; });
    return outcome;
  }
  std::string UnixPath() { return folder_ / "agents.sock"; }

  AsioLoop loop_;
  test::TemporaryFolder folder_;
  Recorder events_;
};

TEST_F(ListenSocketTest, ASocketOfAPodIsEverybodysInAFolderOfEverybody) {
  std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);
  EXPECT_FALSE(Open("unix:" + UnixPath()).ok());
  auto socket = ListenSocket::Open(loop_, *Address::Parse("unix:" + UnixPath()),
                                   "listen.agents", SocketAccess::kEverybody);
  ASSERT_TRUE(socket.ok()) << socket.status();
  struct stat found = {};
  ASSERT_EQ(stat(UnixPath().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0666u);
}

TEST_F(ListenSocketTest, TakesAFreePortAndConnections) {
  auto listener = Open("127.0.0.1:0");
  ASSERT_TRUE(listener.ok()) << listener.status();
  EXPECT_NE((*listener)->local().port(), 0);
  (*listener)->Start(&events_);

  auto connection = Connect((*listener)->local());

  ASSERT_TRUE(connection.ok()) << connection.status();
  ASSERT_TRUE(TurnUntil(loop_, [&] { return events_.accepted.size() == 1; }));
  EXPECT_TRUE(events_.remotes[0].is_loopback());
}

TEST_F(ListenSocketTest, APortInUseSaysWhichAndWhatToDo) {
  auto first = Open("127.0.0.1:0");
  std::string name = (*first)->local().ToString();
  auto second = Open(name);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(Message(second.status()),
            name +
                " is in use; stop what listens there or change "
                "listen.agents");
}

TEST_F(ListenSocketTest, AUnixSocketIsOursAlone) {
  auto listener = Open("unix:" + UnixPath());
  ASSERT_TRUE(listener.ok()) << listener.status();
  struct stat found = {};
  ASSERT_EQ(lstat(UnixPath().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST_F(ListenSocketTest, AUnixSocketIsRemovedAtTheEnd) {
  { auto listener = Open("unix:" + UnixPath()); }
  EXPECT_FALSE(std::filesystem::exists(UnixPath()));
}

TEST_F(ListenSocketTest, AStaleUnixSocketMakesRoom) {
  Address address = *Address::Parse("unix:" + UnixPath());
  UniqueFd dead(socket(AF_UNIX, SOCK_STREAM, 0));
  ASSERT_EQ(bind(dead.get(), address.get(), address.length()), 0);
  dead.Reset();
  ASSERT_TRUE(std::filesystem::exists(UnixPath()));

  EXPECT_TRUE(Open("unix:" + UnixPath()).ok());
}

TEST_F(ListenSocketTest, AUnixSocketThatAnswersIsLeftAlone) {
  auto first = Open("unix:" + UnixPath());
  auto second = Open("unix:" + UnixPath());
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(Message(second.status()), HasSubstr("is in use"));
  (*first)->Start(&events_);
  EXPECT_TRUE(Connect((*first)->local()).ok());
}

TEST_F(ListenSocketTest, AnOrdinaryFileIsLeftAlone) {
  folder_.Write("agents.sock", "precious");
  auto listener = Open("unix:" + UnixPath());
  ASSERT_FALSE(listener.ok());
  EXPECT_THAT(Message(listener.status()), HasSubstr("is not a socket"));
  EXPECT_EQ(std::filesystem::file_size(UnixPath()), 8u);
}

TEST_F(ListenSocketTest, ASymbolicLinkIsNotFollowed) {
  std::filesystem::create_symlink(folder_ / "elsewhere", UnixPath());
  auto listener = Open("unix:" + UnixPath());
  ASSERT_FALSE(listener.ok());
  EXPECT_THAT(Message(listener.status()), HasSubstr("symbolic link"));
}

TEST_F(ListenSocketTest, AFolderOthersCanWriteToIsRefused) {
  std::filesystem::create_directory(folder_ / "open");
  std::filesystem::permissions(folder_ / "open", std::filesystem::perms::all);
  auto listener = Open("unix:" + (folder_ / "open/agents.sock"));
  ASSERT_FALSE(listener.ok());
  EXPECT_THAT(Message(listener.status()), HasSubstr("writable by others"));
}

TEST_F(ListenSocketTest, AMissingFolderIsNamed) {
  auto listener = Open("unix:" + (folder_ / "nowhere/agents.sock"));
  ASSERT_FALSE(listener.ok());
  EXPECT_THAT(Message(listener.status()), HasSubstr(folder_ / "nowhere"));
}

TEST_F(ListenSocketTest, PausedItLeavesConnectionsInTheQueue) {
  auto listener = Open("127.0.0.1:0");
  (*listener)->Start(&events_);
  (*listener)->Pause();
  auto connection = Connect((*listener)->local());
  ASSERT_TRUE(connection.ok());
  test::TurnUntilQuiet(loop_);
  EXPECT_EQ(events_.accepted.size(), 0u);

  (*listener)->Resume();
  EXPECT_TRUE(TurnUntil(loop_, [&] { return events_.accepted.size() == 1; }));
}

TEST_F(ListenSocketTest, OutOfDescriptorsItRestsAndThenGoesOn) {
  auto listener = Open("127.0.0.1:0");
  (*listener)->Start(&events_);
  auto connection = Connect((*listener)->local());
  ASSERT_TRUE(TurnUntil(loop_, [&] { return events_.accepted.size() == 1; }));
  UniqueFd waiting(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
  rlimit before = {};
  getrlimit(RLIMIT_NOFILE, &before);
  // No number above those in use is left.
  UniqueFd highest(dup(0));
  rlimit none = {static_cast<rlim_t>(highest.get()), before.rlim_max};
  highest.Reset();
  setrlimit(RLIMIT_NOFILE, &none);
  const Address& to = (*listener)->local();
  connect(waiting.get(), to.get(), to.length());

  EXPECT_TRUE(TurnUntil(loop_, [&] { return !events_.exhausted.empty(); }));
  EXPECT_EQ(events_.accepted.size(), 1u);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_TRUE(TurnUntil(loop_, [&] { return events_.accepted.size() == 2; }));
}

TEST_F(ListenSocketTest, DiallingWhereNobodyListensNamesTheAddress) {
  Address gone;
  {
    auto listener = Open("127.0.0.1:0");
    gone = (*listener)->local();
  }
  auto connection = Connect(gone);
  ASSERT_FALSE(connection.ok());
  EXPECT_THAT(Message(connection.status()), HasSubstr(gone.ToString()));
  EXPECT_THAT(Message(connection.status()), HasSubstr("refused"));
}

TEST_F(ListenSocketTest, ADialLeavesFromTheAddressAndWithTheMarkItWasTold) {
  auto listener = Open("127.0.0.1:0");
  (*listener)->Start(&events_);
  auto client = Connect(
      (*listener)->local(),
      {.source = *Address::Parse("127.0.0.9:0"), .marks = {.dscp = 46}});
  ASSERT_TRUE(client.ok()) << client.status();
  ASSERT_TRUE(TurnUntil(loop_, [&] { return !events_.remotes.empty(); }));
  EXPECT_EQ(events_.remotes[0].WithPort(0), *Address::Parse("127.0.0.9:0"));
  int tos = 0;
  socklen_t size = sizeof tos;
  getsockopt(client->get(), IPPROTO_IP, IP_TOS, &tos, &size);
  EXPECT_EQ(tos, 46 << 2);
}

TEST_F(ListenSocketTest, ADialFromAnAddressThatIsNotOursSaysSo) {
  auto client = Connect(*Address::Parse("127.0.0.1:9"),
                        {.source = *Address::Parse("192.0.2.1:0")});
  ASSERT_FALSE(client.ok());
  EXPECT_THAT(Message(client.status()), HasSubstr("from 192.0.2.1:0"));
}

TEST_F(ListenSocketTest, ADialGivenUpReportsNothing) {
  auto listener = Open("127.0.0.1:0");
  bool reported = false;
  {
    Dial dial(loop_, (*listener)->local(), std::chrono::seconds(5),
              [&](StatusOr<UniqueFd>) { reported = true; });
  }
  test::TurnUntilQuiet(loop_);
  EXPECT_FALSE(reported);
}

}  // namespace
}  // namespace herald::net
