// SPDX-License-Identifier: Apache-2.0
//
// The one page for people. It stands alone: no script, style or picture comes
// from anywhere else, and the policy it is sent with forbids that too.
#pragma once

#include <string>
#include <string_view>

namespace herald::admin {

// `list` is the inside of a <ul>, already HTML.
std::string IndexHtml(std::string_view list);

// Content-Security-Policy for it.
inline constexpr char kIndexPolicy[] =
    "default-src 'none'; style-src 'unsafe-inline'; script-src "
    "'unsafe-inline'; connect-src 'self'; base-uri 'none'; form-action "
    "'none'; frame-ancestors 'none'";

}  // namespace herald::admin
