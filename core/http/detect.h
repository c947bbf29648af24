// SPDX-License-Identifier: Apache-2.0
//
// Which protocol the first bytes of a connection speak. HTTP/2 with prior
// knowledge begins with a fixed preface (RFC 9113 §3.4) that no HTTP/1.1
// request begins with; anything else is HTTP/1.1's to refuse.
#pragma once

#include <string_view>

namespace herald::http {

enum class Protocol { kHttp1, kHttp2 };

enum class Detected { kNeedMore, kHttp1, kHttp2 };

// `bytes` are all that came so far. kNeedMore while they are a part of the
// preface.
Detected Detect(std::string_view bytes);

}  // namespace herald::http
