// SPDX-License-Identifier: Apache-2.0
#include "core/http/message.h"

#include <algorithm>

namespace herald::http {

// Bytes of the fields of most heads: room is made for them once, instead of
// anew at every second field.
constexpr size_t kUsualText = 256;

void Headers::Add(std::string_view name, std::string_view value) {
  if (text_.empty()) text_.reserve(kUsualText);
  entries_.push_back({static_cast<uint32_t>(text_.size()),
                      static_cast<uint32_t>(name.size()),
                      static_cast<uint32_t>(value.size())});
  text_.append(name);
  text_.append(value);
}

void Headers::Set(std::string_view name, std::string_view value) {
  Remove(name);
  Add(name, value);
}

template <typename Predicate>
size_t Headers::RemoveIf(Predicate predicate) {
  // The text of a removed field stays behind until the head is gone: heads
  // are short-lived, and moving text would cost more than it frees.
  size_t before = entries_.size();
  auto gone = [&](const Entry& entry) {
    return predicate(
        std::string_view(text_).substr(entry.offset, entry.name_size));
  };
  entries_.erase(std::remove_if(entries_.begin(), entries_.end(), gone),
                 entries_.end());
  return before - entries_.size();
}

void Headers::Remove(std::string_view name) {
  RemoveIf([&](std::string_view other) { return other == name; });
}

size_t Headers::RemovePrefix(std::string_view prefix) {
  return RemoveIf([&](std::string_view other) {
    return other.substr(0, prefix.size()) == prefix;
  });
}

std::optional<std::string_view> Headers::Get(std::string_view name) const {
  for (Field field : *this) {
    if (field.name == name) return field.value;
  }
  return std::nullopt;
}

std::string Headers::Joined(std::string_view name) const {
  std::string out;
  for (Field field : *this) {
    if (field.name != name) continue;
    if (!out.empty()) out += ", ";
    out += field.value;
  }
  return out;
}

size_t Headers::Count(std::string_view name) const {
  size_t count = 0;
  for (Field field : *this) count += field.name == name ? 1 : 0;
  return count;
}

Field Headers::operator[](size_t i) const {
  const Entry& entry = entries_[i];
  std::string_view text = text_;
  return {text.substr(entry.offset, entry.name_size),
          text.substr(entry.offset + entry.name_size, entry.value_size)};
}

size_t Headers::CountedBytes() const {
  size_t bytes = 0;
  for (const Entry& entry : entries_) {
    bytes += entry.name_size + entry.value_size + 32;
  }
  return bytes;
}

bool Headers::operator==(const Headers& other) const {
  if (size() != other.size()) return false;
  for (size_t i = 0; i < size(); ++i) {
    if ((*this)[i].name != other[i].name ||
        (*this)[i].value != other[i].value) {
      return false;
    }
  }
  return true;
}

}  // namespace herald::http
