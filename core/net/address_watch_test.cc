// SPDX-License-Identifier: Apache-2.0
#include "core/net/address_watch.h"

#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

#include "tests/support/turns.h"

namespace herald::net {
namespace {

constexpr int kNotPermitted = 77;

// In a network of its own, where nothing is up yet: 0 when the watch tells of
// the loopback interface that comes up, and the way to it is known then.
int SeesLoopbackComeUp() {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0 &&
      unshare(CLONE_NEWNET) != 0) {
    return kNotPermitted;
  }
  AsioLoop loop;
  bool told = false;
  auto watch = AddressWatch::Open(loop, [&] { told = true; });
  if (!watch.ok()) return 1;
  test::TurnUntilQuiet(loop);
  if (told) return 2;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  ifreq lo = {};
  std::strcpy(lo.ifr_name, "lo");
  lo.ifr_flags = IFF_UP | IFF_RUNNING;
  if (ioctl(fd, SIOCSIFFLAGS, &lo) != 0) return kNotPermitted;
  close(fd);
  if (!test::TurnUntil(loop, [&] { return told; })) return 3;
  auto source = SourceTowards(*Address::Parse("127.0.0.1:9"));
  return source && source->ToString() == "127.0.0.1:0" ? 0 : 4;
}

TEST(AddressWatchTest, TellsOfAnInterfaceThatComesUp) {
  pid_t child = fork();
  if (child == 0) _exit(SeesLoopbackComeUp());
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == kNotPermitted) {
    GTEST_SKIP() << "no network namespaces here";
  }
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST(SourceTowardsTest, IsTheAddressThatTheRoutesChoose) {
  EXPECT_EQ(SourceTowards(*Address::Parse("127.0.0.1:9"))->ToString(),
            "127.0.0.1:0");
}

}  // namespace
}  // namespace herald::net
