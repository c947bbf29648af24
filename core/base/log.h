// SPDX-License-Identifier: Apache-2.0
//
// Structured logs: one event a line, `key=value`, on standard error. Only the
// edges log (listener, transport, admin, app, discovery sources); the core
// returns values and lets the edge speak. The logger is handed down, so that a
// simulation or a test can listen instead.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace herald {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

class Log {
 public:
  using Fields =
      std::initializer_list<std::pair<std::string_view, std::string>>;

  virtual ~Log() = default;

  // log.Info("peer_down", {{"peer", "summarizer-fra"}, {"after_ms", "42"}});
  void Debug(std::string_view event, Fields fields = {}) {
    Write(LogLevel::kDebug, event, fields);
  }
  void Info(std::string_view event, Fields fields = {}) {
    Write(LogLevel::kInfo, event, fields);
  }
  void Warning(std::string_view event, Fields fields = {}) {
    Write(LogLevel::kWarning, event, fields);
  }
  void Error(std::string_view event, Fields fields = {}) {
    Write(LogLevel::kError, event, fields);
  }

  virtual void Write(LogLevel level, std::string_view event, Fields fields) = 0;
};

// `peer=summarizer-fra why="no route"`: quoted where a value has a space, a
// quote or a control character, which is escaped.
std::string RenderFields(Log::Fields fields);

// Forgets everything: for tests.
class NullLog final : public Log {
 public:
  void Write(LogLevel, std::string_view, Fields) override {}
};

}  // namespace herald
