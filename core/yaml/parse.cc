// SPDX-License-Identifier: Apache-2.0
#include "core/yaml/parse.h"

#include <sstream>
#include <string>
#include <string_view>

#include "core/yaml/tree_builder.h"
#include "yaml-cpp/exceptions.h"
#include "yaml-cpp/parser.h"

namespace herald::yaml {
namespace {

struct Piece {
  std::string_view text;
  int first_line = 0;  // from 0
};

bool StartsDocument(std::string_view line) {
  return line.substr(0, 3) == "---" && (line.size() == 3 || line[3] == ' ' ||
                                        line[3] == '\t' || line[3] == '\r');
}

// Cuts before each `---`. That line cannot be part of any value (YAML 1.2
// section 9.1.2), so a syntax error in one document leaves the next readable.
std::vector<Piece> CutDocuments(std::string_view text) {
  std::vector<Piece> pieces;
  size_t piece_start = 0;
  int piece_line = 0;
  size_t start = 0;
  for (int line = 0; start < text.size(); ++line) {
    size_t end = text.find('\n', start);
    if (end == std::string_view::npos) end = text.size();
    if (start > 0 && StartsDocument(text.substr(start, end - start))) {
      pieces.push_back(
          {text.substr(piece_start, start - piece_start), piece_line});
      piece_start = start;
      piece_line = line;
    }
    start = end + 1;
  }
  pieces.push_back({text.substr(piece_start), piece_line});
  return pieces;
}

// How many bytes the UTF-8 character at `at` has, or 0 when it is none
// (RFC 3629 section 4).
size_t Utf8Length(std::string_view text, size_t at) {
  auto byte = [&](size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  auto follows = [&](size_t i) { return (byte(i) & 0xC0u) == 0x80u; };
  unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return follows(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (lead == 0xE0 && byte(1) < 0xA0) return 0;
    if (lead == 0xED && byte(1) > 0x9F) return 0;
    return follows(1) && follows(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (lead == 0xF0 && byte(1) < 0x90) return 0;
    if (lead == 0xF4 && byte(1) > 0x8F) return 0;
    return follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

// Bytes that no text has: reported once, and nothing is parsed.
bool IsText(Problems& problems) {
  std::string_view text = problems.text();
  Position at{1, 1};
  for (size_t i = 0; i < text.size();) {
    auto c = static_cast<unsigned char>(text[i]);
    size_t length = Utf8Length(text, i);
    bool control =
        (c < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F;
    if (length == 0 || control) {
      problems.Error(
          at, length == 0 ? "not UTF-8" : "a control character in the text");
      return false;
    }
    i += length;
    ++at.column;
    if (c == '\n') at = Position{at.line + 1, 1};
  }
  return true;
}

// YAML forbids tabs as indentation, yaml-cpp guesses; we say where.
bool HasTabs(const Piece& piece, Problems& problems) {
  bool found = false;
  size_t start = 0;
  for (int line = piece.first_line; start < piece.text.size(); ++line) {
    size_t end = piece.text.find('\n', start);
    if (end == std::string_view::npos) end = piece.text.size();
    std::string_view rest = piece.text.substr(start, end - start);
    size_t first = rest.find_first_not_of(" \t\r");
    size_t tab = rest.find('\t');
    if (first != std::string_view::npos && rest[first] != '#' && tab < first) {
      problems.Error(Position{line + 1, static_cast<int>(tab) + 1},
                     "a tab in the indentation", "indent with spaces");
      found = true;
    }
    start = end + 1;
  }
  return found;
}

void ParsePiece(const Piece& piece, Problems& problems,
                std::vector<Node>& documents) {
  if (HasTabs(piece, problems)) return;
  TreeBuilder builder(problems, piece.first_line);
  try {
    std::istringstream stream{std::string(piece.text)};
    YAML::Parser parser(stream);
    Position last;
    while (parser.HandleNextDocument(builder)) {
      // Before a ',' or ']' that opens nothing, yaml-cpp finds one empty
      // document after the other and never moves on.
      if (builder.document_at() == last) {
        problems.Error(last, "not YAML: no value can begin here");
        return;
      }
      last = builder.document_at();
      Node root = builder.TakeRoot();
      if (root.kind != Kind::kNull) documents.push_back(std::move(root));
    }
  } catch (const YAML::Exception& error) {
    problems.Error(builder.At(error.mark), "not YAML: " + error.msg);
  } catch (const std::exception& error) {
    problems.Error(Position{piece.first_line + 1, 1},
                   std::string("not YAML: ") + error.what());
  }
}

}  // namespace

std::vector<Node> ParseAll(Problems& problems) {
  std::vector<Node> documents;
  if (problems.text().size() > kMaxTextBytes) {
    problems.Error(
        Position{},
        "larger than " + std::to_string(kMaxTextBytes >> 20) + " MiB");
    return documents;
  }
  if (!IsText(problems)) return documents;
  for (const Piece& piece : CutDocuments(problems.text())) {
    ParsePiece(piece, problems, documents);
  }
  return documents;
}

std::optional<Node> ParseOne(Problems& problems) {
  std::vector<Node> documents = ParseAll(problems);
  if (documents.empty()) {
    if (!problems.has_errors()) {
      problems.Error(Position{}, "there is nothing in this file");
    }
    return std::nullopt;
  }
  if (documents.size() > 1) {
    problems.Error(documents[1].at,
                   "a second document; this file may hold only one",
                   "remove the '---' before it");
  }
  return std::move(documents.front());
}

}  // namespace herald::yaml
