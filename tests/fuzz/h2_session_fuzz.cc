// SPDX-License-Identifier: Apache-2.0
//
// A script of frames and of our own reactions, at the server end of HTTP/2.
// Each step is an opcode and a few bytes; frames are well-formed by default,
// so that the fuzzer gets past the frame layer, and raw bytes are a step too.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/check.h"
#include "core/http/codec_testing.h"
#include "core/http/codecs.h"

namespace herald::http::testing {
namespace {

// Takes values off the fuzzer's bytes; zeros when they are used up.
class Script {
 public:
  explicit Script(std::string_view bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  uint8_t Byte() {
    if (bytes_.empty()) return 0;
    auto byte = static_cast<uint8_t>(bytes_[0]);
    bytes_.remove_prefix(1);
    return byte;
  }
  std::string_view Bytes(size_t n) {
    std::string_view front = bytes_.substr(0, n);
    bytes_.remove_prefix(front.size());
    return front;
  }

 private:
  std::string_view bytes_;
};

std::string Frame(uint8_t type, uint8_t flags, uint32_t id,
                  std::string_view payload) {
  std::string out;
  for (int shift : {16, 8, 0}) {
    out += static_cast<char>(payload.size() >> shift);
  }
  out += static_cast<char>(type);
  out += static_cast<char>(flags);
  for (int shift : {24, 16, 8, 0}) out += static_cast<char>(id >> shift);
  return out.append(payload);
}

// GET http / h, in static table entries and one literal.
constexpr std::string_view kGet = "\x82\x86\x84\x41\x01h";
constexpr std::string_view kPost = "\x83\x86\x84\x41\x01h";

class Session {
 public:
  Session() {
    Feed("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    Feed(Frame(4, 0, 0, {}));
  }

  void Step(Script& script) {
    uint8_t op = script.Byte();
    uint32_t id = 1 + 2 * (script.Byte() % 8u);
    uint8_t flags = script.Byte();
    std::string_view bytes = script.Bytes(script.Byte());
    switch (op % 10) {
      case 0:
        Feed(bytes);
        break;
      case 1:
        Feed(Frame(script.Byte(), flags, id, bytes));
        break;
      case 2:
        Feed(Frame(1, 4 | (flags & 1), id, std::string(kGet) += bytes));
        break;
      case 3:
        Feed(Frame(1, 4, id, kPost));
        Feed(Frame(0, flags & 1, id, bytes));
        break;
      case 4:
        Feed(Frame(3, 0, id, std::string("\0\0\0", 3) + char(flags)));
        break;
      case 5:
        Feed(Frame(8, 0, flags & 1 ? id : 0,
                   std::string("\0\0", 2) + char(flags) + 'x'));
        break;
      default:
        React(op, flags, bytes);
    }
  }

  void Finish() {
    codec_->OnEof(FromNanos(3));
    TakeOutput(*codec_);
  }

 private:
  void Feed(std::string_view bytes) {
    codec_->Feed(bytes, FromNanos(1));
    if (bytes.size() % 2 == 0) TakeOutput(*codec_);
  }

  // What an honest user of the server end does.
  void React(uint8_t op, uint8_t which, std::string_view bytes) {
    if (op % 10 == 9) codec_->Drain();
    if (handler_.requests.empty()) return;
    size_t at = which % handler_.requests.size();
    Served& served = handler_[at];
    if (served.stream == nullptr) return;
    if (op % 10 == 6) {
      served.stream.reset();
      served.log.stream = nullptr;
      return;
    }
    const auto& lines = served.log.lines;
    bool answered =
        std::find(lines.begin(), lines.end(), "answered") != lines.end();
    if (answered || served.log.reset.has_value()) return;
    served.log.Line("answered");
    ResponseHead head;
    head.status = 200 + op % 2;
    served.stream->SendResponse(head, false);
    served.stream->SendData(bytes, op % 10 == 7);
    if (op % 10 == 8) served.stream->SendTrailers(Headers());
  }

  RecordingHandler handler_;
  CountingCodecEvents activity_;
  Limits limits_;
  std::unique_ptr<Codec> codec_ =
      MakeServerCodec(Protocol::kHttp2, limits_, handler_, activity_);
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Script script({reinterpret_cast<const char*>(data), size});
  Session session;
  while (!script.empty()) session.Step(script);
  session.Finish();
  return 0;
}

}  // namespace herald::http::testing
