// SPDX-License-Identifier: Apache-2.0
//
// Any text as an agent's card. Besides not crashing: what comes out has bounds
// and nothing in it that could break a header, a log line or a document.
#include <algorithm>
#include <cstdint>
#include <string>

#include "core/base/check.h"
#include "discovery/card.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  const auto card = herald::discovery::ParseCard(text);
  if (!card.ok()) return 0;
  const auto agent = herald::discovery::Merged({.name = "a"}, *card);
  HERALD_CHECK(agent.skills.size() <= 64, "skills are few");
  HERALD_CHECK(agent.description.size() <= 1024, "descriptions are short");
  for (const auto* words :
       {&agent.skills, &agent.tags, &agent.input_modes, &agent.output_modes}) {
    HERALD_CHECK(words->size() <= 128, "words are few");
    for (const std::string& word : *words) {
      HERALD_CHECK(!word.empty() && word.size() <= 128 &&
                       std::none_of(word.begin(), word.end(),
                                    [](unsigned char c) { return c < ' '; }),
                   "words are words");
    }
  }
  return 0;
}
