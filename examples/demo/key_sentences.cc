// SPDX-License-Identifier: Apache-2.0
#include "examples/demo/key_sentences.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace herald::demo {
namespace {

// Words that tie no two sentences together.
const std::set<std::string, std::less<>>& StopWords() {
  static const auto& words = *new std::set<std::string, std::less<>>{
      "about",   "after", "all",    "also",    "and",  "any",   "are",
      "because", "been",  "before", "but",     "can",  "could", "does",
      "down",    "each",  "even",   "for",     "from", "had",   "has",
      "have",    "her",   "him",    "his",     "how",  "into",  "its",
      "more",    "most",  "much",   "must",    "not",  "now",   "off",
      "once",    "one",   "only",   "other",   "our",  "out",   "over",
      "said",    "same",  "she",    "should",  "some", "such",  "than",
      "that",    "the",   "their",  "them",    "then", "there", "these",
      "they",    "this",  "those",  "through", "two",  "under", "until",
      "upon",    "very",  "was",    "were",    "what", "when",  "where",
      "which",   "while", "who",    "why",     "will", "with",  "would",
      "you",     "your"};
  return words;
}

bool IsAbbreviation(std::string_view word) {
  constexpr std::string_view kKnown[] = {"Dr", "Mr", "Mrs", "Ms",  "Prof",
                                         "St", "No", "vs",  "etc", "approx"};
  bool initial = word.size() == 1 &&
                 std::isupper(static_cast<unsigned char>(word[0])) != 0;
  return initial || std::find(std::begin(kKnown), std::end(kKnown), word) !=
                        std::end(kKnown);
}

bool IsBlank(char c) { return std::isspace(static_cast<unsigned char>(c)); }

std::string Squeezed(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (!IsBlank(c)) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  return out;
}

// A light stemmer: "pumps" and "pumped" meet in "pump".
std::string Stem(std::string word) {
  for (std::string_view ending : {"ing", "ed", "es", "s"}) {
    if (word.size() > ending.size() + 3 &&
        word.compare(word.size() - ending.size(), ending.size(), ending) == 0) {
      word.resize(word.size() - ending.size());
      break;
    }
  }
  return word;
}

std::set<std::string> Words(std::string_view sentence) {
  std::set<std::string> out;
  std::string word;
  auto finish = [&] {
    if (word.size() > 2 && StopWords().count(word) == 0) {
      out.insert(Stem(word));
    }
    word.clear();
  };
  for (char c : sentence) {
    auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || byte >= 0x80) {
      word += static_cast<char>(std::tolower(byte));
    } else {
      finish();
    }
  }
  finish();
  return out;
}

using Matrix = std::vector<std::vector<double>>;

// Shared words by their rarity, against the lengths of both sentences.
Matrix Similarities(const std::vector<std::set<std::string>>& sentences) {
  std::map<std::string, int> holders;
  for (const auto& words : sentences) {
    for (const std::string& word : words) ++holders[word];
  }
  double n = static_cast<double>(sentences.size());
  Matrix out(sentences.size(), std::vector<double>(sentences.size(), 0));
  for (size_t i = 0; i < sentences.size(); ++i) {
    for (size_t j = i + 1; j < sentences.size(); ++j) {
      double shared = 0;
      for (const std::string& word : sentences[i]) {
        if (sentences[j].count(word) == 0) continue;
        shared += std::log(1 + n / holders[word]);
      }
      double length = std::log(2.0 + static_cast<double>(sentences[i].size())) +
                      std::log(2.0 + static_cast<double>(sentences[j].size()));
      out[i][j] = out[j][i] = shared / length;
    }
  }
  return out;
}

// PageRank over the similarities; 0.85 and 30 rounds are the paper's.
std::vector<double> Rank(const Matrix& similarity) {
  size_t n = similarity.size();
  std::vector<double> given(n, 0), rank(n, 1.0);
  for (size_t i = 0; i < n; ++i) {
    given[i] = std::accumulate(similarity[i].begin(), similarity[i].end(), 0.0);
  }
  for (int round = 0; round < 30; ++round) {
    std::vector<double> next(n, 0.15);
    for (size_t i = 0; i < n; ++i) {
      if (given[i] == 0) continue;
      for (size_t j = 0; j < n; ++j) {
        next[j] += 0.85 * rank[i] * similarity[i][j] / given[i];
      }
    }
    rank = next;
  }
  return rank;
}

}  // namespace

std::vector<std::string> SplitSentences(std::string_view text) {
  std::string flat = Squeezed(text);
  std::vector<std::string> out;
  size_t begin = 0;
  for (size_t i = 0; i < flat.size(); ++i) {
    bool mark = flat[i] == '.' || flat[i] == '?' || flat[i] == '!';
    bool at_end = i + 1 == flat.size() || flat[i + 1] == ' ';
    if (!mark || !at_end) continue;
    size_t word = flat.rfind(' ', i);
    word = word == std::string::npos || word < begin ? begin : word + 1;
    if (flat[i] == '.' && IsAbbreviation(flat.substr(word, i - word)) &&
        i + 1 < flat.size()) {
      continue;
    }
    out.push_back(flat.substr(begin, i + 1 - begin));
    begin = i + 2;
  }
  if (begin < flat.size()) {
    std::string rest = Squeezed(flat.substr(begin));
    if (!rest.empty() && rest != " ") out.push_back(rest);
  }
  return out;
}

std::vector<std::string> KeySentences(std::string_view text, size_t count) {
  std::vector<std::string> sentences = SplitSentences(text);
  if (sentences.size() <= count) return sentences;
  std::vector<std::set<std::string>> words;
  for (const std::string& sentence : sentences) {
    words.push_back(Words(sentence));
  }
  std::vector<double> rank = Rank(Similarities(words));
  std::vector<size_t> order(sentences.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return rank[a] > rank[b]; });
  order.resize(count);
  std::sort(order.begin(), order.end());
  std::vector<std::string> out;
  for (size_t i : order) out.push_back(sentences[i]);
  return out;
}

}  // namespace herald::demo
