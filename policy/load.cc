// SPDX-License-Identifier: Apache-2.0
#include "policy/load.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "core/crypto/sha256.h"
#include "policy/check.h"
#include "policy/parse.h"
#include "policy/vocabulary.h"

namespace herald::policy {
namespace {

// An Override that anybody could have written lifts nothing.
void CheckSeals(const std::vector<SourceText>& texts, const PolicySet& set,
                Files& files) {
  for (const Override& override : set.overrides) {
    if (texts[override.file].seal != Seal::kBad) continue;
    const std::string& name = texts[override.file].name;
    files[override.file]->Error(
        override.name.at,
        "Override '" + override.name.text +
            "' bears no signature of a key in policySigners",
        "herald policy sign " + name + " --key NAME.key writes " + name +
            ".sig; the sidecar's configuration names NAME.pub");
  }
}

}  // namespace

std::string HashOf(const std::vector<SourceText>& texts) {
  std::vector<std::string_view> sorted;
  for (const SourceText& text : texts) sorted.push_back(text.text);
  std::sort(sorted.begin(), sorted.end());
  // Lengths first: no two lists of texts are the same bytes.
  std::string bytes;
  for (std::string_view text : sorted) {
    bytes += std::to_string(text.size()) + ":";
    bytes += text;
  }
  return crypto::ToHex(crypto::Sha256(bytes));
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
  CheckSeals(texts, set, files);
  Loaded loaded;
  for (const auto& file : files) {
    Issues issues = file->issues();
    loaded.issues.insert(loaded.issues.end(), issues.begin(), issues.end());
  }
  if (HasErrors(loaded.issues)) return loaded;
  ProgramFacts facts;
  facts.hash = HashOf(texts);
  for (const SourceText& text : texts) facts.files.push_back(text.name);
  loaded.program = Compile(set, words, discharge, std::move(facts));
  return loaded;
}

}  // namespace herald::policy
