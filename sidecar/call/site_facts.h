// SPDX-License-Identifier: Apache-2.0
//
// What is known of a site, as bytes of the packed header (SiteFacts in
// core/proto/context.proto). Two of these travel with every call, and those of
// one caller and peer seldom change: the last few are remembered, as bytes and
// as values, so that only a new one is written or read.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/site.h"

namespace herald::call {

// One owner, one thread.
class SiteFacts {
 public:
  // Region and zone stay behind: policy never asks about them.
  std::string Pack(const Site& site);
  // nullopt: unreadable. A single fact that makes no sense is an unknown one.
  std::optional<Site> Unpack(std::string_view bytes);

 private:
  struct Known {
    Site site;
    std::string bytes;
    uint64_t used = 0;  // when last, in uses; 0: nothing is here yet
  };
  // What was not used for the longest gives way: our own site, which every call
  // bears, stays when those of many others pass.
  using Memory = std::array<Known, 8>;
  void Keep(Memory& memory, const Site& site, std::string_view bytes);

  Memory packed_;
  Memory unpacked_;
  uint64_t uses_ = 0;
};

}  // namespace herald::call
