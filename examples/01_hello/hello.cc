// SPDX-License-Identifier: Apache-2.0
//
// An agent that calls `greeter` by name, wherever that is.
#include <iostream>

#include "herald/client.h"

int main() {
  herald::Client client;  // finds its sidecar by HERALD_SOCKET
  herald::Reply reply = client.Call("greeter", "world");
  std::cout << (reply.ok() ? reply.body : reply.problem.detail + "\n");
  return reply.ok() ? 0 : 1;
}
