// SPDX-License-Identifier: Apache-2.0
//
// The real log: one line an event on standard error, for people as
//
//   2026-11-21T02:03:04.567Z info peer_down peer=summarizer-fra after_ms=42
//
// or for machines as one JSON object a line. A line leaves in one write(2), so
// that lines of several processes on one terminal or pipe do not mix.
#pragma once

#include <string>
#include <string_view>

#include "core/base/event_loop.h"
#include "core/base/log.h"

namespace herald::net {

// Owned by whoever assembles the process; borrows the loop for the time of
// day. What the other end does not take is lost: a log never blocks a call
// on purpose, nor fails one.
class StderrLog final : public Log {
 public:
  enum class Format { kText, kJson };

  struct Options {
    LogLevel least = LogLevel::kInfo;
    Format format = Format::kText;
    int fd = 2;
  };

  StderrLog(const EventLoop& loop, Options options)
      : loop_(loop), options_(options) {}

  void Write(LogLevel level, std::string_view event, Fields fields) override;

 private:
  const EventLoop& loop_;
  Options options_;
};

// The line Write writes, with its end.
std::string RenderLine(StderrLog::Format format, WallTime when, LogLevel level,
                       std::string_view event, Log::Fields fields);

}  // namespace herald::net
