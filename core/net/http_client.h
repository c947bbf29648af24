// SPDX-License-Identifier: Apache-2.0
//
// One HTTP request, from a program that has nothing else to do meanwhile: the
// command line asks the admin page, or calls an agent through the sidecar. It
// blocks, on a loop of its own; the sidecar itself never uses it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/base/address.h"
#include "core/base/status.h"
#include "core/base/time.h"
#include "core/http/message.h"

namespace herald::net {

struct FetchRequest {
  Address to;
  // Method, path and headers. An empty authority becomes that of `to`
  // ("localhost" for a unix socket).
  http::RequestHead head;
  // Sent whole, with its length.
  std::string body;
  // Where it is not negative, the body is read from there and sent as it
  // comes, in chunks; `body` is ignored. Stays open and the caller's.
  int body_fd = -1;
  // For all of it; zero means for ever.
  Duration timeout = std::chrono::seconds(30);
  // Called as soon as there is a head (the final one) and for each piece of
  // the body as it comes. With `on_body` the body is not collected. Either
  // may block; the other end then waits.
  std::function<void(const http::ResponseHead&)> on_head;
  std::function<void(std::string_view)> on_body;
};

struct FetchResponse {
  http::ResponseHead head;
  std::string body;
  http::Headers trailers;
};

// Any whole response is a success, whatever its status. kUnavailable when
// nobody answers there or the connection is lost, kDeadlineExceeded when it
// took too long; the text names the address.
StatusOr<FetchResponse> Fetch(FetchRequest request);

}  // namespace herald::net
