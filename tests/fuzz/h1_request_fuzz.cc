// SPDX-License-Identifier: Apache-2.0
//
// Any bytes at the server end of HTTP/1.1. Besides not crashing: cut anywhere,
// they come to the same; and a head that was accepted is written and read back
// as the same head.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/base/check.h"
#include "tests/conformance/h1_replay.h"

namespace herald::http::testing {
namespace {

void CheckRewritten(const RequestHead& head) {
  RecordingHandler handler;
  CountingCodecEvents activity;
  Limits limits;
  auto client = MakeClientCodec(Protocol::kHttp1, limits, activity);
  auto server = MakeServerCodec(Protocol::kHttp1, limits, handler, activity);
  EventLog log;
  bool end = !head.content_length.has_value();
  auto stream = client->Open(head, end, &log);
  server->Feed(client->Output(), FromNanos(1));
  // A head just below the limits may be above them with its framing.
  if (handler.requests.empty()) {
    HERALD_CHECK(head.headers.CountedBytes() > limits.header_bytes / 2 ||
                     head.headers.size() > limits.header_fields - 8,
                 "what was read can be written");
    return;
  }
  RequestHead expected = head;
  if (end) expected.content_length = handler[0].head.content_length;
  expected.scheme = "http";
  HERALD_CHECK(handler[0].head == expected, "it is the same head");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  Limits limits;
  // Some windows are small, so that credit runs out in the middle.
  limits.body_window = data[0] < 64 ? 1 + data[0] % 16 : 256 * 1024;
  size_t piece = 1 + data[1] % 32;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  Replay whole = ServeH1(bytes, WholePiece(), limits);
  Replay cut = ServeH1(bytes, PiecesOf(piece), limits);
  HERALD_CHECK(whole.Text() == cut.Text(), "cuts do not show");
  for (const RequestHead& head : whole.heads) CheckRewritten(head);
  return 0;
}

}  // namespace herald::http::testing
