// SPDX-License-Identifier: Apache-2.0
#include "core/net/stderr_log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "core/net/asio_loop.h"
#include "core/net/fd.h"

namespace herald::net {
namespace {

constexpr WallTime kWhen{std::chrono::seconds(1'792'548'184) +
                         std::chrono::milliseconds(7)};

TEST(StderrLogTest, ALineForPeople) {
  EXPECT_EQ(RenderLine(StderrLog::Format::kText, kWhen, LogLevel::kInfo,
                       "peer_down", {{"peer", "fra"}, {"why", "no route"}}),
            "2026-10-21T02:03:04.007Z info peer_down peer=fra "
            "why=\"no route\"\n");
}

TEST(StderrLogTest, ALineForMachines) {
  EXPECT_EQ(RenderLine(StderrLog::Format::kJson, kWhen, LogLevel::kError,
                       "bad \"file\"", {{"line", "a\nb"}}),
            "{\"time\":\"2026-10-21T02:03:04.007Z\",\"level\":\"error\","
            "\"event\":\"bad \\\"file\\\"\",\"line\":\"a\\u000ab\"}\n");
}

TEST(StderrLogTest, ATextValueCannotBreakTheLine) {
  std::string line =
      RenderLine(StderrLog::Format::kText, kWhen, LogLevel::kWarning, "x",
                 {{"from", "evil\n2026-10-21 info forged"}});
  EXPECT_EQ(line.find('\n'), line.size() - 1);
}

TEST(StderrLogTest, WritesWhatIsAtLeastAsGraveAsAsked) {
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  UniqueFd reading(fds[0]), writing(fds[1]);
  AsioLoop loop;
  StderrLog log(loop, {.least = LogLevel::kWarning, .fd = writing.get()});
  log.Info("chatter");
  log.Warning("trouble");
  char text[256];
  ssize_t size = read(reading.get(), text, sizeof text);
  ASSERT_GT(size, 0);
  std::string line(text, static_cast<size_t>(size));
  EXPECT_EQ(line.find("chatter"), std::string::npos);
  EXPECT_NE(line.find(" warning trouble\n"), std::string::npos);
}

}  // namespace
}  // namespace herald::net
