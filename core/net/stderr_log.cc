// SPDX-License-Identifier: Apache-2.0
#include "core/net/stderr_log.h"

#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>

#include "core/json/json.h"

namespace herald::net {
namespace {

constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warning",
                                                     "error"};

// RFC 3339, UTC, milliseconds.
std::string Rfc3339(WallTime when) {
  auto since = when.time_since_epoch();
  auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(since - seconds);
  time_t whole = static_cast<time_t>(seconds.count());
  tm parts = {};
  gmtime_r(&whole, &parts);
  std::array<char, 32> text;
  size_t size = strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::snprintf(text.data() + size, text.size() - size, ".%03dZ",
                static_cast<int>(millis.count()));
  return text.data();
}

}  // namespace

std::string RenderLine(StderrLog::Format format, WallTime when, LogLevel level,
                       std::string_view event, Log::Fields fields) {
  std::string_view name = kLevels[static_cast<size_t>(level)];
  std::string out;
  if (format == StderrLog::Format::kText) {
    out = Rfc3339(when);
    out.append(" ").append(name).append(" ").append(event);
    if (fields.size() > 0) out += " " + RenderFields(fields);
    return out + "\n";
  }
  out = "{\"time\":\"" + Rfc3339(when) + "\",\"level\":\"";
  out.append(name).append("\",\"event\":");
  json::AppendQuoted(out, event);
  for (const auto& [key, value] : fields) {
    out += ",";
    json::AppendQuoted(out, key);
    out += ":";
    json::AppendQuoted(out, value);
  }
  return out + "}\n";
}

void StderrLog::Write(LogLevel level, std::string_view event, Fields fields) {
  if (level < options_.least) return;
  std::string line =
      RenderLine(options_.format, loop_.WallNow(), level, event, fields);
  while (write(options_.fd, line.data(), line.size()) < 0 && errno == EINTR) {
  }
}

}  // namespace herald::net
