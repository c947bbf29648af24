// SPDX-License-Identifier: Apache-2.0
//
// Collects what is wrong with one text. Everybody who reads the text (the
// parser, the typed readers, the consumer with its own rules) adds here, and
// the user sees all of it at once, in the order of the lines.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "core/base/issue.h"
#include "core/yaml/node.h"

namespace herald::yaml {

// Owned by whoever reads a text; keeps its own copy of it for the carets. One
// thread.
class Problems {
 public:
  // More than this many would only hide the first.
  static constexpr size_t kMaxIssues = 100;
  // Longer lines are not shown under an issue.
  static constexpr size_t kMaxSourceLine = 240;

  Problems(std::string file, std::string text);
  Problems(const Problems&) = delete;
  Problems& operator=(const Problems&) = delete;

  void Error(Position at, std::string text, std::string hint = "");
  void Error(const Node& node, std::string text, std::string hint = "") {
    Error(node.at, std::move(text), std::move(hint));
  }
  void Warning(Position at, std::string text, std::string hint = "");

  // For texts that a newer version of ours may have written: a key that this
  // one does not know is a warning.
  void TolerateUnknownKeys() { tolerant_ = true; }
  void UnknownKey(Position at, std::string text, std::string hint) {
    Add(tolerant_ ? Issue::Severity::kWarning : Issue::Severity::kError, at,
        std::move(text), std::move(hint));
  }

  const std::string& file() const { return file_; }
  const std::string& text() const { return text_; }
  bool has_errors() const { return HasErrors(issues_); }

  // The issues so far, ordered by position.
  Issues issues() const;

 private:
  void Add(Issue::Severity severity, Position at, std::string text,
           std::string hint);

  const std::string file_;
  const std::string text_;
  Issues issues_;
  bool full_ = false;
  bool tolerant_ = false;
};

}  // namespace herald::yaml
