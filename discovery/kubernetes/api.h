// SPDX-License-Identifier: Apache-2.0
//
// What everybody needs who talks to an API server: requests that bear the
// token as it is now, and the reason in an answer that refuses.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/event_loop.h"
#include "core/base/random.h"
#include "core/base/status.h"
#include "core/http/ask.h"
#include "core/http/web.h"
#include "core/json/json.h"

namespace herald::kubernetes {

inline constexpr char kGroupPath[] = "/apis/herald.dev/v1alpha1";
inline constexpr char kApiVersion[] = "herald.dev/v1alpha1";

// One server, and how we show who we are. Borrows; outlived by all of it.
struct Api {
  EventLoop& loop;
  Random& random;
  http::Web& web;
  // The bearer token, which a kubelet replaces while we run; null: none is
  // sent (a client's certificate may do).
  std::function<StatusOr<std::string>()> token;
};

// An error when the token cannot be read.
StatusOr<http::WebRequest> MakeRequest(const Api& api, std::string method,
                                       std::string path);

// "team%3Dclaims": a value inside a query.
std::string Escape(std::string_view text);

// What the server says of why not, for people: its own words where the body is
// a `Status`, and what to do where we know it.
std::string ReasonOf(int status, std::string_view body);

// The text at `keys`, one inside the other: {"metadata", "name"}.
std::optional<std::string> TextAt(const json::Object& object,
                                  std::initializer_list<std::string_view> keys);
// The map at `keys`, or null.
const json::Object* MapAt(const json::Object& object,
                          std::initializer_list<std::string_view> keys);

}  // namespace herald::kubernetes
