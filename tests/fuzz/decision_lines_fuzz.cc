// SPDX-License-Identifier: Apache-2.0
//
// Any bytes as the lines of a decision log, which tools read long after they
// were written: cut off, rotated under their hands, edited. What is told of a
// call goes to a terminal, so nothing in a log can speak to that.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/check.h"
#include "core/json/json.h"
#include "sidecar/cli/call_story.h"

namespace json = herald::json;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(bytes), size);
  std::vector<json::Object> lines;
  while (!rest.empty()) {
    size_t end = std::min(rest.find('\n'), rest.size());
    auto parsed = json::Parse(rest.substr(0, end));
    if (parsed && parsed->is_object()) {
      lines.push_back(std::move(parsed->get_object()));
    }
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (lines.empty()) return 0;
  herald::cli::WasPermitted(lines);
  std::string told = herald::cli::TellCall(lines);
  HERALD_CHECK(std::none_of(told.begin(), told.end(),
                            [](unsigned char c) {
                              return (c < 0x20 && c != '\n') || c == 0x7f;
                            }),
               "no control characters for a terminal");
  return 0;
}
