// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/time_each.h"

#include <cstdlib>
#include <new>

namespace {

uint64_t allocations = 0;

}  // namespace

// Counts; one thread. Inlined, the compiler would see no pair of them.
[[gnu::noinline]] void* operator new(size_t size) {
  ++allocations;
  if (void* room = std::malloc(size)) return room;
  std::abort();
}
[[gnu::noinline]] void operator delete(void* room) noexcept { std::free(room); }
[[gnu::noinline]] void operator delete(void* room, size_t) noexcept {
  std::free(room);
}

namespace herald::bench {

uint64_t Allocations() { return allocations; }

}  // namespace herald::bench
