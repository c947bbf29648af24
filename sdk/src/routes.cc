// SPDX-License-Identifier: Apache-2.0
#include "sdk/src/routes.h"

#include <tuple>
#include <utility>

namespace herald::sdk {

void Routes::Add(std::string_view method, std::string_view path,
                 Handler handler) {
  bool prefix = !path.empty() && path.back() == '*';
  if (prefix) path.remove_suffix(1);
  routes_.push_back(
      {std::string(method), std::string(path), prefix, std::move(handler)});
}

bool Routes::Covers(const Route& route, std::string_view path) {
  return route.prefix ? path.substr(0, route.path.size()) == route.path
                      : path == route.path;
}

// 0: not for this method.
int Routes::Rank(const Route& route, std::string_view method) {
  if (route.method == method) return 3;
  if (route.method == "GET" && method == "HEAD") return 2;
  return route.method == "*" ? 1 : 0;
}

Routes::Found Routes::Find(std::string_view method,
                           std::string_view path) const {
  path = path.substr(0, path.find('?'));
  Found found;
  std::tuple<size_t, bool, int> best = {0, false, 0};
  for (const Route& route : routes_) {
    if (!Covers(route, path)) continue;
    int rank = Rank(route, method);
    if (rank == 0) {
      found.allow += (found.allow.empty() ? "" : ", ") + route.method;
      continue;
    }
    std::tuple<size_t, bool, int> order = {route.path.size(), !route.prefix,
                                           rank};
    if (found.handler == nullptr || order > best) {
      best = order;
      found.handler = &route.handler;
    }
  }
  return found;
}

}  // namespace herald::sdk
