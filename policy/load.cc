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

Reading Read(const std::vector<SourceText>& texts) {
  Reading reading;
  for (const SourceText& text : texts) {
    reading.files.push_back(
        std::make_unique<yaml::Problems>(text.name, text.text));
    Parse(*reading.files.back(), reading.files.size() - 1, reading.set);
  }
  reading.words = BuildVocabulary(reading.set, reading.files);
  Check(reading.set, reading.words, reading.files);
  CheckSeals(texts, reading.set, reading.files);
  for (const auto& file : reading.files) {
    Issues issues = file->issues();
    reading.issues.insert(reading.issues.end(), issues.begin(), issues.end());
  }
  return reading;
}

std::shared_ptr<const Program> CompileReading(
    const Reading& reading, const std::vector<SourceText>& texts,
    const Discharge& discharge) {
  ProgramFacts facts;
  facts.hash = HashOf(texts);
  for (const SourceText& text : texts) facts.files.push_back(text.name);
  return Compile(reading.set, reading.words, discharge, std::move(facts));
}

Loaded Load(const std::vector<SourceText>& texts, const Discharge& discharge) {
  Reading reading = Read(texts);
  Loaded loaded;
  loaded.issues = reading.issues;
  if (HasErrors(loaded.issues)) return loaded;
  loaded.program = CompileReading(reading, texts, discharge);
  return loaded;
}

}  // namespace herald::policy
