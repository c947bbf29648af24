// SPDX-License-Identifier: Apache-2.0
#include "core/http/detect.h"

namespace herald::http {

Detected Detect(std::string_view bytes) {
  constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  std::string_view front = bytes.substr(0, kPreface.size());
  if (front != kPreface.substr(0, front.size())) return Detected::kHttp1;
  return front.size() == kPreface.size() ? Detected::kHttp2
                                         : Detected::kNeedMore;
}

}  // namespace herald::http
