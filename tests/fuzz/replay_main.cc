// SPDX-License-Identifier: Apache-2.0
//
// What stands in for libFuzzer in the ordinary presets: gives a target every
// file of the folder that is named, its corpus. So a target cannot rot unseen,
// and what was found once stays found.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]);
    return 2;
  }
  int replayed = 0;
  for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
    // Said before, so that a crash has a name.
    std::printf("%s\n", entry.path().c_str());
    std::fflush(stdout);
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(text.data()),
                           text.size());
    ++replayed;
  }
  if (replayed == 0) std::fprintf(stderr, "no file in %s\n", argv[1]);
  return replayed > 0 ? 0 : 1;
}
