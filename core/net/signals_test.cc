// SPDX-License-Identifier: Apache-2.0
#include "core/net/signals.h"

#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "tests/support/turns.h"

namespace herald::net {
namespace {

TEST(SignalsTest, TheFirstDrainsAndTheSecondEnds) {
  AsioLoop loop;
  std::string seen;
  Signals signals(
      loop, [&] { seen += "drain "; }, [&] { seen += "end "; });
  raise(SIGTERM);
  ASSERT_TRUE(test::TurnUntil(loop, [&] { return seen == "drain "; }));
  raise(SIGINT);
  EXPECT_TRUE(test::TurnUntil(loop, [&] { return seen == "drain end "; }));
}

}  // namespace
}  // namespace herald::net
