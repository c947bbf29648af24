// SPDX-License-Identifier: Apache-2.0
//
// Any bytes at the client end of HTTP/1.1, as an agent might send them. Cut
// anywhere, they come to the same.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/check.h"
#include "tests/conformance/h1_replay.h"

namespace herald::http::testing {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  Limits limits;
  limits.body_window = data[0] < 64 ? 1 + data[0] % 16 : 256 * 1024;
  size_t piece = 1 + data[1] % 32;
  std::string_view method = data[1] < 128 ? "GET" : "HEAD";
  std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  Replay whole = ReceiveH1(method, bytes, WholePiece(), limits);
  Replay cut = ReceiveH1(method, bytes, PiecesOf(piece), limits);
  HERALD_CHECK(whole.Text() == cut.Text(), "cuts do not show");
  return 0;
}

}  // namespace herald::http::testing
