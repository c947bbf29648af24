// SPDX-License-Identifier: Apache-2.0
//
// Which handler takes which request.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "herald/server.h"

namespace herald::sdk {

// Filled before the server starts, only read from then on; so any number of
// threads may ask.
class Routes {
 public:
  void Add(std::string_view method, std::string_view path, Handler handler);

  struct Found {
    const Handler* handler = nullptr;
    // Without a handler: the methods the path does have, "GET, POST".
    std::string allow;
  };
  // The longest path wins, an exact one before one with `*`, a named method
  // before `*`. HEAD falls back on GET's handler.
  Found Find(std::string_view method, std::string_view path) const;

 private:
  struct Route {
    std::string method;
    std::string path;  // without the `*`
    bool prefix;
    Handler handler;
  };
  static bool Covers(const Route& route, std::string_view path);
  static int Rank(const Route& route, std::string_view method);

  std::vector<Route> routes_;
};

}  // namespace herald::sdk
