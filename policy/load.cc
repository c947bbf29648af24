// SPDX-License-Identifier: Apache-2.0
#include "policy/load.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "policy/check.h"
#include "policy/parse.h"
#include "policy/vocabulary.h"

namespace herald::policy {
namespace {

// FNV-1a, 64 bits.
constexpr uint64_t kOffset = 0xcbf29ce484222325u;
constexpr uint64_t kPrime = 0x100000001b3u;

uint64_t Mix(uint64_t hash, std::string_view bytes) {
  for (char c : bytes) {
    hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  }
  return hash;
}

}  // namespace

std::string HashOf(const std::vector<SourceText>& texts) {
  std::vector<std::string_view> sorted;
  for (const SourceText& text : texts) sorted.push_back(text.text);
  std::sort(sorted.begin(), sorted.end());
  uint64_t hash = kOffset;
  for (std::string_view text : sorted) {
    hash = Mix(hash, std::to_string(text.size()) + ":");
    hash = Mix(hash, text);
  }
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string out(16, '0');
  for (size_t i = out.size(); i-- > 0; hash >>= 4) out[i] = kHex[hash & 15u];
  return out;
}

Loaded Load(const std::vector<SourceText>& texts, const Discharge& discharge) {
  Files files;
  PolicySet set;
  for (const SourceText& text : texts) {
    files.push_back(std::make_unique<yaml::Problems>(text.name, text.text));
    Parse(*files.back(), files.size() - 1, set);
  }
  Vocabulary words = BuildVocabulary(set, files);
  Check(set, words, files);
  Loaded loaded;
  for (const auto& file : files) {
    Issues issues = file->issues();
    loaded.issues.insert(loaded.issues.end(), issues.begin(), issues.end());
  }
  if (HasErrors(loaded.issues)) return loaded;
  loaded.program = Compile(set, words, discharge, HashOf(texts));
  return loaded;
}

}  // namespace herald::policy
