// SPDX-License-Identifier: Apache-2.0
//
// A problem in a user's text (configuration, peers file, policy): where it is,
// what is wrong, and what to do. Readers of user text return all of them, not
// the first; they are values, not Status.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace herald {

// Lines and columns count from 1; 0 means the problem is the whole file's.
struct Position {
  int line = 0;
  int column = 0;
  bool operator==(const Position&) const = default;
};

struct Issue {
  enum class Severity { kError, kWarning };

  Severity severity = Severity::kError;
  std::string file;
  Position at;
  std::string text;         // "unknown key 'adress'"
  std::string hint;         // "did you mean 'address'?", or empty
  std::string source_line;  // the line itself, for the caret; may be empty

  bool operator==(const Issue&) const = default;
};

using Issues = std::vector<Issue>;

bool HasErrors(const Issues& issues);

// "peers.yaml:3:5: error: unknown key 'adress'; did you mean 'address'?\n
//      adress: 10.0.0.1:1\n      ^\n"
std::string Render(const Issue& issue);
std::string Render(const Issues& issues);

// Line `line` (from 1) of `text`, without its end; empty when there is none.
std::string LineOf(std::string_view text, int line);

// The member of `words` nearest to `word` by edit distance when it is close
// enough to be meant (at most a third of its letters), else empty.
std::string Nearest(std::string_view word,
                    const std::vector<std::string>& words);

}  // namespace herald
