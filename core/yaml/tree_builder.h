// SPDX-License-Identifier: Apache-2.0
//
// Listens to yaml-cpp's parser and builds our tree, refusing on the way what
// the dialect does not have. Only parse.cc includes this header.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/yaml/node.h"
#include "core/yaml/problems.h"
#include "yaml-cpp/eventhandler.h"
#include "yaml-cpp/mark.h"

namespace herald::yaml {

// Lives for one document; borrows `problems`.
class TreeBuilder final : public YAML::EventHandler {
 public:
  // `first_line` is the line of the whole text at which the parsed piece
  // begins, from 0.
  TreeBuilder(Problems& problems, int first_line)
      : problems_(problems), first_line_(first_line) {}

  Node TakeRoot() { return std::move(root_); }
  Position At(const YAML::Mark& mark) const;
  // Where the document began that was built last.
  Position document_at() const { return document_at_; }

  void OnDocumentStart(const YAML::Mark& mark) override;
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override;
  void OnScalar(const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor, const std::string& value) override;
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override;
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag,
                  YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override;
  void OnMapEnd() override { Close(); }

 private:
  // A list or map that is still open.
  struct Open {
    Node node;
    bool key_read = false;  // maps: the next value belongs to `key`
    Entry key;
    std::set<std::string> keys;
  };

  void Refuse(const YAML::Mark& mark, const std::string& tag,
              YAML::anchor_t anchor);
  void Start(Node node);
  void Close();
  void Place(Node node);
  void TakeKey(Open& map, const Node& node);

  Problems& problems_;
  const int first_line_;
  std::vector<Open> open_;
  int skipped_ = 0;  // lists and maps open below the deepest we accept
  Node root_;
  Position document_at_;
};

}  // namespace herald::yaml
