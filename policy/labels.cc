// SPDX-License-Identifier: Apache-2.0
#include "policy/labels.h"

#include <algorithm>
#include <bit>

namespace herald::policy {

LabelTable::LabelTable() {
  for (int i = 0; i < kMaxLabels; ++i) {
    closure_[static_cast<size_t>(i)] = LabelBit(i);
  }
  Add(kUnlabelled, true);
}

int LabelTable::Add(std::string_view name, bool controlled) {
  if (std::optional<int> known = Find(name)) return *known;
  if (size() == kMaxLabels) return -1;
  int label = size();
  names_.emplace_back(name);
  if (controlled) controlled_ |= LabelBit(label);
  auto at = std::lower_bound(
      sorted_.begin(), sorted_.end(), name,
      [](const auto& entry, std::string_view n) { return entry.first < n; });
  sorted_.insert(at, {std::string(name), label});
  return label;
}

void LabelTable::Imply(int label, int implied) {
  closure_[static_cast<size_t>(label)] |= LabelBit(implied);
}

void LabelTable::Close() {
  // Each round follows one more step; a chain has at most size() of them.
  for (bool grew = true; grew;) {
    grew = false;
    for (LabelBits& bits : closure_) {
      LabelBits wider = Closure(bits);
      grew |= wider != bits;
      bits = wider;
    }
  }
}

std::optional<int> LabelTable::Find(std::string_view name) const {
  auto at = std::lower_bound(
      sorted_.begin(), sorted_.end(), name,
      [](const auto& entry, std::string_view n) { return entry.first < n; });
  if (at == sorted_.end() || at->first != name) return std::nullopt;
  return at->second;
}

LabelBits LabelTable::Closure(LabelBits labels) const {
  LabelBits all = labels;
  for (LabelBits rest = labels; rest != 0; rest &= rest - 1) {
    all |= closure_[static_cast<size_t>(std::countr_zero(rest))];
  }
  return all;
}

}  // namespace herald::policy
