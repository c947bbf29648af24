// SPDX-License-Identifier: Apache-2.0
//
// An agent that greets. Its sidecar hands it the calls made to `greeter`.
#include "herald/server.h"

int main() {
  herald::Server server({"127.0.0.1:8081"});
  server.Handle("POST", "/", [](herald::InboundCall& call) {
    call.Respond("Hello, " + call.ReadAll() + "!\n");
  });
  return server.Run();
}
