// SPDX-License-Identifier: Apache-2.0
//
// Labels of data as bits under a schema. A call's labels are a set that only
// grows: by what the schema says a label implies, by union; nothing here takes
// a label away.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace herald::policy {

using LabelBits = uint64_t;

inline constexpr int kMaxLabels = 64;  // the bits of LabelBits
inline constexpr std::string_view kUnlabelled = "unlabelled";

// A value, built once and then only read. `unlabelled` is always in it and is
// always controlled.
class LabelTable {
 public:
  LabelTable();

  // The index of `name`, which may be there already; -1 when the table is
  // full.
  int Add(std::string_view name, bool controlled);
  // Whoever carries `label` carries `implied`. REQUIRES: indexes of Add.
  void Imply(int label, int implied);
  // Follows implications to their end. Call once, after the last Imply.
  void Close();

  std::optional<int> Find(std::string_view name) const;
  LabelBits Closure(LabelBits labels) const;

  int size() const { return static_cast<int>(names_.size()); }
  const std::string& name(int label) const {
    return names_[static_cast<size_t>(label)];
  }
  LabelBits controlled() const { return controlled_; }

 private:
  std::vector<std::string> names_;
  std::vector<std::pair<std::string, int>> sorted_;  // for Find
  std::array<LabelBits, kMaxLabels> closure_;
  LabelBits controlled_ = 0;
};

constexpr LabelBits LabelBit(int label) { return LabelBits{1} << label; }

}  // namespace herald::policy
