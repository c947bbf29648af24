// SPDX-License-Identifier: Apache-2.0
#include "sidecar/app/policy_files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "core/base/text_file.h"

namespace herald::app {
namespace {

namespace fs = std::filesystem;

Issue Unreadable(const std::string& path, const Status& why) {
  Issue issue;
  issue.file = path;
  issue.text = Message(why);
  if (issue.text.rfind(path + ": ", 0) == 0) {
    issue.text = issue.text.substr(path.size() + 2);
  }
  return issue;
}

}  // namespace

StatusOr<std::vector<std::string>> ExpandPolicyPath(const std::string& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  fs::directory_iterator at(path, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    const fs::path& file = at->path();
    // Kubernetes keeps the real files of a mounted ConfigMap under ..data.
    if (file.filename().string()[0] == '.') continue;
    if (file.extension() == ".yaml" || file.extension() == ".yml") {
      files.push_back(file.string());
    }
  }
  if (error) return Unavailable(path + ": " + error.message());
  std::sort(files.begin(), files.end());
  return files;
}

StatusOr<std::vector<policy::SourceText>> ReadPolicies(
    const std::vector<std::string>& paths) {
  std::vector<policy::SourceText> texts;
  for (const std::string& path : paths) {
    HERALD_ASSIGN_OR_RETURN(std::vector<std::string> files,
                            ExpandPolicyPath(path));
    for (const std::string& file : files) {
      HERALD_ASSIGN_OR_RETURN(std::string text, ReadTextFile(file));
      texts.push_back({file, std::move(text)});
    }
  }
  return texts;
}

PolicyFiles ReadPolicyFiles(const std::vector<std::string>& paths) {
  PolicyFiles read;
  for (const std::string& path : paths) {
    auto files = ExpandPolicyPath(path);
    if (!files.ok()) {
      read.unreadable.push_back(Unreadable(path, files.status()));
      continue;
    }
    for (const std::string& file : *files) {
      StatusOr<std::string> text = ReadTextFile(file);
      if (text.ok()) {
        read.texts.push_back({file, *std::move(text)});
      } else {
        read.unreadable.push_back(Unreadable(file, text.status()));
      }
    }
  }
  return read;
}

StatusOr<std::string> ReadPolicyFile(const std::string& path) {
  StatusOr<std::string> text = ReadTextFile(path);
  if (text.ok()) return text;
  return MakeStatus(text.status().code(), Unreadable(path, text.status()).text);
}

}  // namespace herald::app
