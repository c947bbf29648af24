// SPDX-License-Identifier: Apache-2.0
#include "sidecar/cli/policy_files.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "core/base/text_file.h"

namespace herald::cli {
namespace {

namespace fs = std::filesystem;

bool IsFolder(const std::string& path) {
  std::error_code error;
  return fs::is_directory(path, error);
}

std::vector<std::string> YamlFilesIn(const std::string& folder) {
  std::error_code error;
  std::vector<std::string> files;
  for (fs::directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    fs::path path = at->path();
    // Kubernetes keeps the real files of a mounted ConfigMap under ..data.
    if (path.filename().string()[0] == '.') continue;
    if (path.extension() == ".yaml" || path.extension() == ".yml") {
      files.push_back(path.string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

void ReadOne(const std::string& path, PolicyFiles& into) {
  StatusOr<std::string> text = ReadPolicyFile(path);
  if (text.ok()) {
    into.texts.push_back({path, *std::move(text)});
    return;
  }
  Issue issue;
  issue.file = path;
  issue.text = Message(text.status());
  into.unreadable.push_back(std::move(issue));
}

}  // namespace

StatusOr<std::string> ReadPolicyFile(const std::string& path) {
  StatusOr<std::string> text = ReadTextFile(path);
  if (text.ok()) return text;
  std::string why = Message(text.status());
  if (why.substr(0, path.size() + 2) == path + ": ") {
    why = why.substr(path.size() + 2);
  }
  return MakeStatus(text.status().code(), why);
}

PolicyFiles ReadPolicyFiles(const std::vector<std::string>& paths) {
  PolicyFiles read;
  for (const std::string& path : paths) {
    if (!IsFolder(path)) {
      ReadOne(path, read);
      continue;
    }
    for (const std::string& file : YamlFilesIn(path)) ReadOne(file, read);
  }
  return read;
}

std::vector<std::string> FindPolicyTests(
    const std::vector<std::string>& paths) {
  std::vector<std::string> found;
  for (const std::string& path : paths) {
    if (!IsFolder(path)) {
      found.push_back(path);
      continue;
    }
    for (const std::string& file : YamlFilesIn(path)) {
      StatusOr<std::string> text = ReadPolicyFile(file);
      // One that cannot be read is for the run to report.
      if (!text.ok() || text->find("PolicyTest") != std::string::npos) {
        found.push_back(file);
      }
    }
  }
  return found;
}

}  // namespace herald::cli
