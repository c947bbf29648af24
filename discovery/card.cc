// SPDX-License-Identifier: Apache-2.0
#include "discovery/card.h"

#include <algorithm>
#include <utility>

#include "core/json/json.h"

namespace herald::discovery {
namespace {

constexpr size_t kMostSkills = 64;
constexpr size_t kMostWords = 32;  // tags or modes in one place
constexpr size_t kLongestWord = 128;
constexpr size_t kLongestText = 1024;  // a description

using Words = std::vector<std::string>;

// A word that may stand in a header, a log line and a policy.
bool IsWord(std::string_view text) {
  return !text.empty() && text.size() <= kLongestWord &&
         std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return c < ' ' || c == 0x7f; });
}

void AddWord(Words& into, std::string_view word, size_t most) {
  if (!IsWord(word) || into.size() >= most) return;
  if (std::find(into.begin(), into.end(), word) != into.end()) return;
  into.emplace_back(word);
}

// The member of either spelling: "defaultInputModes", "default_input_modes".
// Both are protobuf's JSON.
const json::Value* Member(const json::Object& object, std::string_view name) {
  if (const json::Value* found = object.if_contains(json::View(name))) {
    return found;
  }
  std::string snake;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') {
      snake += '_';
      snake += static_cast<char>(c - 'A' + 'a');
    } else {
      snake += c;
    }
  }
  return object.if_contains(snake);
}

Words WordsAt(const json::Object& object, std::string_view name) {
  Words out;
  const json::Value* list = Member(object, name);
  if (list == nullptr || !list->is_array()) return out;
  for (const json::Value& item : list->get_array()) {
    if (!item.is_string()) continue;
    const auto& text = item.get_string();
    AddWord(out, {text.data(), text.size()}, kMostWords);
  }
  return out;
}

// Control characters become spaces; a cut leaves whole characters (UTF-8).
std::string TextAt(const json::Object& object, std::string_view name,
                   size_t longest) {
  std::string text = json::GetString(object, name).value_or("");
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  }
  if (text.size() <= longest) return text;
  size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) {
    --end;
  }
  return text.substr(0, end);
}

void ReadSkills(const json::Array& list, AgentCard& card) {
  for (const json::Value& item : list) {
    const json::Object* object = item.if_object();
    if (object == nullptr || card.skills.size() >= kMostSkills) continue;
    AgentCard::Skill skill;
    skill.id = json::GetString(*object, "id").value_or("");
    const bool is_new = std::none_of(
        card.skills.begin(), card.skills.end(),
        [&skill](const auto& known) { return known.id == skill.id; });
    if (!IsWord(skill.id) || !is_new) continue;
    skill.tags = WordsAt(*object, "tags");
    skill.input_modes = WordsAt(*object, "inputModes");
    skill.output_modes = WordsAt(*object, "outputModes");
    card.skills.push_back(std::move(skill));
  }
}

// Members that only a card has: in 1.0 the second, in 0.3 the first and third.
bool HasASignOfACard(const json::Object& object) {
  for (const char* name :
       {"url", "supportedInterfaces", "protocolVersion", "protocolVersions"}) {
    if (Member(object, name) != nullptr) return true;
  }
  return false;
}

}  // namespace

StatusOr<AgentCard> ParseCard(std::string_view text) {
  if (text.size() > kMaxCard) {
    return InvalidArgument("it has more than " + std::to_string(kMaxCard) +
                           " bytes");
  }
  const auto document = json::Parse(text);
  const json::Object* object = document ? document->if_object() : nullptr;
  if (object == nullptr) return InvalidArgument("it is no JSON object");
  AgentCard card;
  card.name = TextAt(*object, "name", kLongestWord);
  const json::Value* skills = Member(*object, "skills");
  const bool has_skills = skills != nullptr && skills->is_array();
  if (card.name.empty() || !(has_skills || HasASignOfACard(*object))) {
    return InvalidArgument("it is no A2A card: 'name' or 'skills' is missing");
  }
  card.description = TextAt(*object, "description", kLongestText);
  card.version = TextAt(*object, "version", kLongestWord);
  card.input_modes = WordsAt(*object, "defaultInputModes");
  card.output_modes = WordsAt(*object, "defaultOutputModes");
  if (has_skills) ReadSkills(skills->get_array(), card);
  return card;
}

AgentInfo Merged(AgentInfo own, const AgentCard& card) {
  Words skills, tags;
  Words inputs = card.input_modes;
  Words outputs = card.output_modes;
  constexpr size_t kMost = 4 * kMostWords;  // of all skills together
  for (const AgentCard::Skill& skill : card.skills) {
    AddWord(skills, skill.id, kMostSkills);
    for (const auto& tag : skill.tags) AddWord(tags, tag, kMost);
    for (const auto& mode : skill.input_modes) AddWord(inputs, mode, kMost);
    for (const auto& mode : skill.output_modes) AddWord(outputs, mode, kMost);
  }
  if (own.skills.empty()) own.skills = std::move(skills);
  if (own.tags.empty()) own.tags = std::move(tags);
  if (own.input_modes.empty()) own.input_modes = std::move(inputs);
  if (own.output_modes.empty()) own.output_modes = std::move(outputs);
  if (own.description.empty()) own.description = card.description;
  if (own.version.empty()) own.version = card.version;
  return own;
}

}  // namespace herald::discovery
