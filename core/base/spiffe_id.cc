// SPDX-License-Identifier: Apache-2.0
#include "core/base/spiffe_id.h"

#include <algorithm>

namespace herald {
namespace {

constexpr std::string_view kScheme = "spiffe://";
constexpr size_t kMaxLength = 2048;  // SPIFFE-ID §2.3

bool IsLowerOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}
bool IsDomainChar(char c) {
  return IsLowerOrDigit(c) || c == '.' || c == '-' || c == '_';
}
bool IsPathChar(char c) { return IsDomainChar(c) || (c >= 'A' && c <= 'Z'); }

Status CheckPath(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);  // the '/'
    std::string_view segment = path.substr(0, path.find('/'));
    if (segment.empty() || segment == "." || segment == "..") {
      return InvalidArgument("its path has an empty or a dot segment");
    }
    if (!std::all_of(segment.begin(), segment.end(), IsPathChar)) {
      return InvalidArgument(
          "its path has a character other than letters, digits, '.', '-', "
          "'_'");
    }
    path.remove_prefix(segment.size());
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<SpiffeId> SpiffeId::Parse(std::string_view text) {
  if (text.size() > kMaxLength || text.substr(0, kScheme.size()) != kScheme) {
    return InvalidArgument(
        "a SPIFFE ID begins with spiffe:// and has at most "
        "2048 characters");
  }
  std::string_view rest = text.substr(kScheme.size());
  size_t slash = std::min(rest.find('/'), rest.size());
  std::string_view domain = rest.substr(0, slash);
  if (domain.empty() || domain.size() > 255 ||
      !std::all_of(domain.begin(), domain.end(), IsDomainChar)) {
    return InvalidArgument(
        "its trust domain must be 1 to 255 lower-case "
        "letters, digits, '.', '-', '_'");
  }
  HERALD_RETURN_IF_ERROR(CheckPath(rest.substr(slash)));
  return SpiffeId(std::string(text));
}

std::string_view SpiffeId::trust_domain() const {
  std::string_view rest = std::string_view(text_).substr(kScheme.size());
  return rest.substr(0, rest.find('/'));
}

std::string_view SpiffeId::path() const {
  size_t slash = text_.find('/', kScheme.size());
  return slash == std::string::npos ? std::string_view()
                                    : std::string_view(text_).substr(slash);
}

std::optional<std::string> SpiffeId::kubernetes_namespace() const {
  constexpr std::string_view kMark = "/ns/";
  std::string_view all = path();
  size_t at = all.find(kMark);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = all.substr(at + kMark.size());
  return std::string(rest.substr(0, rest.find('/')));
}

}  // namespace herald
