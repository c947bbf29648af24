// SPDX-License-Identifier: Apache-2.0
//
// The sentences that say most of what a text says, by TextRank (Mihalcea and
// Tarau, 2004): sentences that share their weighty words vote for each other,
// and votes of well-voted sentences count more.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace herald::demo {

// Cuts at full stops, question and exclamation marks that end a sentence; not
// at "Dr.", "3.5" or initials. Blank runs become single spaces.
std::vector<std::string> SplitSentences(std::string_view text);

// At most `count` sentences, in the order of the text.
std::vector<std::string> KeySentences(std::string_view text, size_t count);

}  // namespace herald::demo
