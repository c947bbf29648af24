// SPDX-License-Identifier: Apache-2.0
#include "sidecar/call/fields.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace herald::call {
namespace {

constexpr std::string_view kPrefix = "herald-";
constexpr size_t kMaxToken = 128;

// Labels, purposes, endorsements and skills are short names.
bool IsToken(std::string_view text) {
  auto ok = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' ||
           c == '/' || c == ':';
  };
  return !text.empty() && text.size() <= kMaxToken &&
         std::all_of(text.begin(), text.end(), ok);
}

// Exactly one value or an error: a doubled field is a way to say two things
// to two readers.
std::optional<std::string> One(const http::Headers& headers,
                               std::string_view name, std::string& error) {
  size_t count = headers.Count(name);
  if (count == 0) return std::nullopt;
  std::string value(*headers.Get(name));
  if (count > 1) {
    error = std::string(name) + " is given more than once";
  } else if (!IsToken(value)) {
    error = std::string(name) + " is not a name";
  }
  return value;
}

std::vector<std::string> Many(const http::Headers& headers,
                              std::string_view name, std::string& error) {
  auto list = SplitList(headers.Joined(name));
  if (!std::all_of(list.begin(), list.end(), IsToken)) {
    error = std::string(name) + " holds something that is not a name";
  }
  return list;
}

// "VALUE" or "VALUE; required".
void ReadAffinity(const http::Headers& headers, RoutingWish& wish,
                  std::string& error) {
  constexpr std::string_view kName = "herald-affinity";
  const size_t count = headers.Count(kName);
  if (count == 0) return;
  if (count > 1) {
    error = std::string(kName) + " is given more than once";
    return;
  }
  std::string_view value = *headers.Get(kName);
  const size_t semicolon = std::min(value.find(';'), value.size());
  std::string_view mode = value.substr(semicolon);
  value = value.substr(0, semicolon);
  while (!value.empty() && value.back() == ' ') value.remove_suffix(1);
  while (!mode.empty() && (mode[0] == ';' || mode[0] == ' ')) {
    mode.remove_prefix(1);
  }
  if (!IsToken(value)) {
    error = std::string(kName) + " is not a name";
  } else if (!mode.empty() && mode != "required") {
    error = std::string(kName) + " is neither 'VALUE' nor 'VALUE; required'";
  }
  wish.affinity = value;
  wish.affinity_required = !mode.empty();
}

std::optional<int64_t> LeadingNumber(std::string_view& text,
                                     size_t max_digits) {
  int64_t value = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  auto digits = static_cast<size_t>(end - text.data());
  if (error != std::errc() || digits > max_digits || value < 0) {
    return std::nullopt;
  }
  text.remove_prefix(digits);
  return value;
}

}  // namespace

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    size_t comma = std::min(text.find(','), text.size());
    std::string_view item = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    // What may stand around a member: RFC 9110 section 5.6.3.
    auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!item.empty() && blank(item.front())) item.remove_prefix(1);
    while (!item.empty() && blank(item.back())) item.remove_suffix(1);
    if (!item.empty()) out.emplace_back(item);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::optional<Duration> ParseTimeout(std::string_view text) {
  auto value = LeadingNumber(text, 9);
  if (!value) return std::nullopt;
  using namespace std::chrono;
  if (text == "ms") return milliseconds(*value);
  if (text == "s") return seconds(*value);
  if (text == "m" && *value < 100'000) return minutes(*value);
  if (text == "h" && *value < 10'000) return hours(*value);
  return std::nullopt;
}

std::optional<Duration> ParseGrpcTimeout(std::string_view text) {
  auto value = LeadingNumber(text, 8);
  if (!value || text.size() != 1) return std::nullopt;
  using namespace std::chrono;
  // 8 digits of hours overflow 64-bit nanoseconds: a year is "none" enough.
  constexpr auto kYear = hours(366 * 24);
  switch (text[0]) {
    case 'H':
      return std::min<int64_t>(*value, 366 * 24) * hours(1);
    case 'M':
      return std::min<Duration>(minutes(std::min<int64_t>(*value, 527'040)),
                                kYear);
    case 'S':
      return seconds(*value);
    case 'm':
      return milliseconds(*value);
    case 'u':
      return microseconds(*value);
    case 'n':
      return nanoseconds(*value);
    default:
      return std::nullopt;
  }
}

CallFields TakeFields(http::Headers& headers) {
  CallFields out;
  size_t known = 0;
  size_t total = 0;
  constexpr std::string_view kKnown[] = {
      "herald-agent",       "herald-labels",       "herald-purpose",
      "herald-legal-basis", "herald-endorsements", "herald-skill",
      "herald-timeout",     "herald-affinity",     "herald-call",
      "herald-explain"};
  for (http::Field field : headers) {
    if (field.name.substr(0, kPrefix.size()) != kPrefix) continue;
    ++total;
    known += std::count(std::begin(kKnown), std::end(kKnown), field.name) > 0
                 ? 1
                 : 0;
  }
  if (auto grpc = headers.Get("grpc-timeout")) {
    out.timeout = ParseGrpcTimeout(*grpc);
  }
  if (total == 0) return out;
  out.agent = One(headers, "herald-agent", out.error);
  out.labels = Many(headers, "herald-labels", out.error);
  out.purpose = One(headers, "herald-purpose", out.error);
  out.legal_basis = One(headers, "herald-legal-basis", out.error);
  out.endorsements = Many(headers, "herald-endorsements", out.error);
  out.skill = One(headers, "herald-skill", out.error);
  ReadAffinity(headers, out.routing, out.error);
  out.handle = One(headers, "herald-call", out.error);
  if (auto what = One(headers, "herald-explain", out.error)) {
    out.routing.explain = *what == "route";
    if (!out.routing.explain && out.error.empty())
      out.error = "herald-explain can be 'route' only";
  }
  if (auto text = One(headers, "herald-timeout", out.error)) {
    out.timeout = ParseTimeout(*text);
    if (!out.timeout) {
      out.error = "herald-timeout is not a duration like 1500ms or 2s";
    }
  }
  out.stripped = total - known;
  headers.RemovePrefix(kPrefix);
  return out;
}

size_t StripResponse(http::Headers& headers) {
  if (headers.Count("herald-labels") == 0) {
    return headers.RemovePrefix(kPrefix);
  }
  std::string labels = headers.Joined("herald-labels");
  size_t own = headers.Count("herald-labels");
  size_t gone = headers.RemovePrefix(kPrefix) - own;
  headers.Add("herald-labels", labels);
  return gone;
}

}  // namespace herald::call
