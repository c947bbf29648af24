// SPDX-License-Identifier: Apache-2.0
#include "core/yaml/tree_builder.h"

#include "core/base/check.h"
#include "core/yaml/parse.h"

namespace herald::yaml {

Position TreeBuilder::At(const YAML::Mark& mark) const {
  if (mark.line < 0) return Position{first_line_ + 1, 1};
  return Position{first_line_ + mark.line + 1, mark.column + 1};
}

void TreeBuilder::OnDocumentStart(const YAML::Mark& mark) {
  root_ = Node{};
  root_.at = At(mark);
  document_at_ = root_.at;
}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  Refuse(mark, "", anchor);
  Place(Node{.at = At(mark)});
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t) {
  problems_.Error(At(mark), "aliases (*name) are not accepted",
                  "write the value out");
  Place(Node{.at = At(mark)});
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag,
                           YAML::anchor_t anchor, const std::string& value) {
  Refuse(mark, tag, anchor);
  Place(Node{.kind = Kind::kScalar,
             .text = value,
             .quoted = tag == "!",
             .at = At(mark)});
}

void TreeBuilder::OnSequenceStart(const YAML::Mark& mark,
                                  const std::string& tag, YAML::anchor_t anchor,
                                  YAML::EmitterStyle::value) {
  Refuse(mark, tag, anchor);
  Start(Node{.kind = Kind::kList, .at = At(mark)});
}

void TreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag,
                             YAML::anchor_t anchor, YAML::EmitterStyle::value) {
  Refuse(mark, tag, anchor);
  Start(Node{.kind = Kind::kMap, .at = At(mark)});
}

void TreeBuilder::Refuse(const YAML::Mark& mark, const std::string& tag,
                         YAML::anchor_t anchor) {
  if (anchor != YAML::NullAnchor) {
    problems_.Error(At(mark), "anchors (&name) are not accepted",
                    "write the value out where it is needed");
  }
  // yaml-cpp gives "?" to what has no tag and "!" to what is quoted.
  if (!tag.empty() && tag != "?" && tag != "!") {
    problems_.Error(At(mark), "tags (" + tag + ") are not accepted");
  }
}

void TreeBuilder::Start(Node node) {
  if (skipped_ > 0 || open_.size() == static_cast<size_t>(kMaxDepth)) {
    if (skipped_ == 0) {
      problems_.Error(node.at, "nested deeper than " +
                                   std::to_string(kMaxDepth) + " levels");
    }
    ++skipped_;
    return;
  }
  open_.push_back(Open{.node = std::move(node)});
}

void TreeBuilder::Close() {
  if (skipped_ > 0) {
    // What was too deep counts as nothing.
    if (--skipped_ == 0) Place(Node{});
    return;
  }
  HERALD_CHECK(!open_.empty(), "yaml-cpp closes only what it opened");
  Node node = std::move(open_.back().node);
  open_.pop_back();
  Place(std::move(node));
}

void TreeBuilder::Place(Node node) {
  if (skipped_ > 0) return;
  if (open_.empty()) {
    root_ = std::move(node);
    return;
  }
  Open& parent = open_.back();
  if (parent.node.kind == Kind::kList) {
    parent.node.items.push_back(std::move(node));
    return;
  }
  if (!parent.key_read) {
    TakeKey(parent, node);
    return;
  }
  parent.key_read = false;
  parent.key.value = std::move(node);
  if (parent.keys.insert(parent.key.key).second) {
    parent.node.entries.push_back(std::move(parent.key));
  }
  parent.key = Entry{};
}

void TreeBuilder::TakeKey(Open& map, const Node& node) {
  map.key_read = true;
  map.key = Entry{node.text, node.quoted, node.at, Node{}};
  if (node.kind != Kind::kScalar) {
    problems_.Error(node.at, "a key must be a plain word or a quoted text");
    // Makes the key one that nobody can ask for and nothing can double.
    map.key.key = "?" + std::to_string(map.keys.size());
    return;
  }
  if (node.text == "<<" && !node.quoted) {
    problems_.Error(node.at, "merge keys (<<) are not accepted",
                    "write the entries out");
    return;
  }
  if (map.keys.count(node.text) == 0) return;
  Position first;
  for (const Entry& entry : map.node.entries) {
    if (entry.key == node.text) first = entry.key_at;
  }
  problems_.Error(node.at, "key '" + node.text + "' stands here twice",
                  "the first is in line " + std::to_string(first.line));
}

}  // namespace herald::yaml
