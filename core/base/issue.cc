// SPDX-License-Identifier: Apache-2.0
#include "core/base/issue.h"

#include <algorithm>
#include <numeric>

namespace herald {
namespace {

// Levenshtein's distance, one row at a time.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

// Bytes of the UTF-8 character that `text` begins with; 0 when it is none.
size_t CharacterAt(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  size_t size = byte(0) < 0x80   ? 1
                : byte(0) < 0xC2 ? 0
                : byte(0) < 0xE0 ? 2
                : byte(0) < 0xF0 ? 3
                : byte(0) < 0xF5 ? 4
                                 : 0;
  if (size > text.size()) return 0;
  for (size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return size;
}

// A line as it may be shown on a terminal: what is no text becomes '?', byte
// for byte, so that the caret stays where it was.
std::string Shown(std::string_view line) {
  std::string out;
  while (!line.empty()) {
    size_t size = CharacterAt(line);
    bool control =
        (line[0] >= 0 && line[0] < ' ' && line[0] != '\t') || line[0] == 0x7F;
    if (size == 0 || control) {
      out += '?';
    } else {
      out += line.substr(0, size);
    }
    line.remove_prefix(std::max<size_t>(size, 1));
  }
  return out;
}

}  // namespace

bool HasErrors(const Issues& issues) {
  return std::any_of(issues.begin(), issues.end(), [](const Issue& issue) {
    return issue.severity == Issue::Severity::kError;
  });
}

std::string Render(const Issue& issue) {
  std::string out = issue.file;
  if (issue.at.line > 0) {
    out += ":" + std::to_string(issue.at.line) + ":" +
           std::to_string(std::max(issue.at.column, 1));
  }
  bool error = issue.severity == Issue::Severity::kError;
  out += error ? ": error: " : ": warning: ";
  out += issue.text;
  if (!issue.hint.empty()) out += "; " + issue.hint;
  out += "\n";
  if (issue.at.line > 0 && !issue.source_line.empty()) {
    out += "    " + Shown(issue.source_line) + "\n    ";
    for (int i = 1; i < issue.at.column; ++i) {
      size_t at = static_cast<size_t>(i) - 1;
      bool tab = at < issue.source_line.size() && issue.source_line[at] == '\t';
      out += tab ? '\t' : ' ';
    }
    out += "^\n";
  }
  return out;
}

std::string Render(const Issues& issues) {
  std::string out;
  for (const Issue& issue : issues) out += Render(issue);
  return out;
}

std::string LineOf(std::string_view text, int line) {
  size_t start = 0;
  for (int i = 1; i < line; ++i) {
    size_t end = text.find('\n', start);
    if (end == std::string_view::npos) return "";
    start = end + 1;
  }
  std::string_view rest = text.substr(start, text.find('\n', start) - start);
  if (!rest.empty() && rest.back() == '\r') rest.remove_suffix(1);
  return std::string(rest);
}

std::string Nearest(std::string_view word,
                    const std::vector<std::string>& words) {
  std::string best;
  size_t least = std::max<size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : words) {
    size_t distance = EditDistance(word, candidate);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace herald
