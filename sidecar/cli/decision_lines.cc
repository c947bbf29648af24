// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/decision_lines.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <system_error>
#include <utility>

namespace herald::cli {
namespace {

namespace fs = std::filesystem;

// The N of FILE.N, or nullopt for any other name.
std::optional<int> RotationOf(const std::string& name,
                              const std::string& file) {
  if (name.size() <= file.size() + 1 || name.rfind(file + ".", 0) != 0) {
    return std::nullopt;
  }
  const char* begin = name.data() + file.size() + 1;
  const char* end = name.data() + name.size();
  int number = 0;
  auto [rest, error] = std::from_chars(begin, end, number);
  if (error != std::errc() || rest != end || number < 1) return std::nullopt;
  return number;
}

const json::Value* Member(const json::Object& line, std::string_view key) {
  return line.if_contains(json::View(key));
}

}  // namespace

std::vector<std::string> DecisionLogFiles(const std::string& file) {
  fs::path path(file);
  fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
  std::vector<std::pair<int, std::string>> rotated;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    std::string name = at->path().filename().string();
    if (auto number = RotationOf(name, path.filename().string())) {
      rotated.emplace_back(-*number, at->path().string());
    }
  }
  std::sort(rotated.begin(), rotated.end());
  std::vector<std::string> files;
  for (auto& [number, name] : rotated) files.push_back(std::move(name));
  if (fs::exists(path, error)) files.push_back(file);
  return files;
}

Status ReadDecisionLines(const std::string& file,
                         const std::function<void(std::string_view)>& line) {
  std::vector<std::string> files = DecisionLogFiles(file);
  if (files.empty()) return Unavailable(file + ": no such file");
  for (const std::string& one : files) {
    std::ifstream in(one, std::ios::binary);
    if (!in) return Unavailable(one + ": " + std::strerror(errno));
    for (std::string text; std::getline(in, text);) line(text);
    if (in.bad()) return Unavailable(one + ": cannot be read to its end");
  }
  return absl::OkStatus();
}

StatusOr<std::vector<json::Object>> LinesOfCall(const std::string& file,
                                                const std::string& call) {
  std::vector<json::Object> lines;
  // Parsing is slow and most lines are of other calls.
  HERALD_RETURN_IF_ERROR(ReadDecisionLines(file, [&](std::string_view text) {
    if (text.find(call) == std::string_view::npos) return;
    auto parsed = json::Parse(text);
    if (!parsed || !parsed->is_object()) return;
    if (TextOf(parsed->get_object(), "call") != call) return;
    lines.push_back(std::move(parsed->get_object()));
  }));
  return lines;
}

std::string TextOf(const json::Object& line, std::string_view key) {
  return json::GetString(line, key).value_or("");
}

std::vector<std::string> ListOf(const json::Object& line,
                                std::string_view key) {
  std::vector<std::string> list;
  const json::Value* member = Member(line, key);
  if (member == nullptr || !member->is_array()) return list;
  for (const json::Value& item : member->get_array()) {
    if (item.is_string()) list.emplace_back(item.get_string());
  }
  return list;
}

uint64_t NumberOf(const json::Object& line, std::string_view key) {
  const json::Value* member = Member(line, key);
  if (member == nullptr || !member->is_number()) return 0;
  boost::system::error_code error;
  auto number = member->to_number<uint64_t>(error);
  return error ? 0 : number;
}

std::string Disarmed(std::string text) {
  for (size_t i = 0; i < text.size(); ++i) {
    auto at = [&](size_t j) { return static_cast<unsigned char>(text[j]); };
    bool latin = at(i) == 0xc2 && i + 1 < text.size() && at(i + 1) < 0xa0;
    if (latin) text.erase(i, 1);
    if (latin || at(i) < 0x20 || at(i) == 0x7f) text[i] = '?';
  }
  return text;
}

}  // namespace herald::cli
