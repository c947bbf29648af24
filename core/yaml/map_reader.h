// SPDX-License-Identifier: Apache-2.0
//
// Reads one map key by key, by type. What nobody asked for is an unknown key,
// reported with the nearest name that was asked for; so the list of keys a map
// may have is the code that reads them and nothing else.
//
//   MapReader site(node, problems, "site");
//   std::string country = site.RequiredString("country");
//   std::optional<Tier> tier = site.Enum<Tier>("tier", kTiers);
//   for (const Node& item : site.List("agents")) {
//     MapReader agent(item, problems, "agent");
//     ...
//   }
//   // unknown keys are reported when `site` goes out of scope
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/yaml/node.h"
#include "core/yaml/problems.h"
#include "core/yaml/scalar.h"

namespace herald::yaml {

// A text and where it stood.
struct Text {
  std::string text;
  Position at;
  bool operator==(const Text& other) const { return text == other.text; }
};

template <typename T>
struct Choice {
  std::string_view name;
  T value;
};

// Lives on the stack; borrows the node and the problems. Every read reports
// its own problem and answers nullopt (Required...: an empty value), so that a
// consumer reads on and all problems come out at once.
class MapReader {
 public:
  // `what` names the map in messages: "peer". A node that is no map is one
  // problem; every read of it then answers nothing, without another.
  MapReader(const Node& node, Problems& problems, std::string what);
  ~MapReader() { Finish(); }
  MapReader(const MapReader&) = delete;
  MapReader& operator=(const MapReader&) = delete;

  // False for a map that is absent (see Map) or no map.
  bool present() const { return node_ != nullptr; }
  explicit operator bool() const { return present(); }
  // How many keys it has, asked for or not.
  size_t size() const { return present() ? node_->entries.size() : 0; }
  Position at() const { return node_ != nullptr ? node_->at : Position{}; }
  Problems& problems() { return problems_; }

  // The raw value, or null. Required reports when it is absent.
  const Node* Optional(std::string_view key);
  const Node* Required(std::string_view key);

  std::optional<std::string> String(std::string_view key);
  std::string RequiredString(std::string_view key);
  std::optional<bool> Bool(std::string_view key);
  std::optional<int64_t> Int(std::string_view key, Range range = {});
  std::optional<double> Number(std::string_view key);
  std::optional<herald::Duration> Duration(std::string_view key);

  // A list of texts; nullopt when absent or no list. Wrong members are
  // reported and left out.
  std::optional<std::vector<std::string>> Strings(std::string_view key);
  std::optional<std::vector<Text>> Texts(std::string_view key);

  // A list; empty when absent or no list (which is reported).
  std::span<const Node> List(std::string_view key);

  // The map under `key`; !present() when there is none.
  MapReader Map(std::string_view key);
  MapReader RequiredMap(std::string_view key);

  // For maps whose keys are free names: all of them, with YAML's traps in
  // keys reported.
  std::span<const Entry> Entries();

  template <typename T>
  std::optional<T> Enum(std::string_view key,
                        std::span<const Choice<T>> choices) {
    const Node* node = Optional(key);
    if (node == nullptr) return std::nullopt;
    return ReadEnum(*node, problems_, Quote(key), choices);
  }

  // Reports the keys nobody asked for; the destructor does it otherwise.
  void Finish();
  // Accept the keys nobody asked for (someone else reads them).
  void IgnoreRest() { finished_ = true; }

 private:
  MapReader(const Node* node, Problems& problems, std::string what);
  static std::string Quote(std::string_view key);

  const Node* node_;
  Problems& problems_;
  std::string what_;
  std::vector<std::string> asked_;
  bool finished_ = false;
};

std::vector<Text> ReadTexts(const Node& node, Problems& problems,
                            std::string_view what);
void ReportUnknownWord(const Node& node, Problems& problems,
                       std::string_view what,
                       const std::vector<std::string>& known);

template <typename T>
std::optional<T> ReadEnum(const Node& node, Problems& problems,
                          std::string_view what,
                          std::span<const Choice<T>> choices) {
  std::vector<std::string> names;
  for (const Choice<T>& choice : choices) {
    if (node.kind == Kind::kScalar && node.text == choice.name) {
      return choice.value;
    }
    names.emplace_back(choice.name);
  }
  ReportUnknownWord(node, problems, what, names);
  return std::nullopt;
}

}  // namespace herald::yaml
