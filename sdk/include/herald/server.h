// SPDX-License-Identifier: Apache-2.0
//
// An agent's own end: answers the calls its sidecar hands it.
//
//   herald::Server server({"127.0.0.1:8081"});
//   server.Handle("POST", "/", [](herald::InboundCall& call) {
//     call.Respond("Hello, " + call.ReadAll() + "!\n");
//   });
//   return server.Run();
//
// Handlers run on a small pool of threads, each call on one of them from its
// begin to its end; so handlers block as they like, and must be safe to run at
// the same time. A handler that streams holds its thread while it does.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "herald/call.h"

namespace herald {

// One call being served. Belongs to the server, lives while its handler runs,
// and is used by the handler's thread only.
class InboundCall {
 public:
  InboundCall(const InboundCall&) = delete;
  InboundCall& operator=(const InboundCall&) = delete;

  const std::string& method() const;
  const std::string& path() const;                       // with its query
  const HeaderList& headers() const;                     // names in lower case
  std::string_view header(std::string_view name) const;  // "" if absent

  // Who calls: a SPIFFE id that the sidecars have verified; "" for a request
  // that came past the sidecar.
  const std::string& caller() const;
  const std::vector<std::string>& labels() const;
  // Names this call to our sidecar; see CallOptions::on_behalf_of.
  const std::string& handle() const;

  // The next piece of the request's body, as it comes; nullopt at its end, or
  // when the call was cancelled.
  std::optional<std::string> Read();
  // The rest of the body, at most `max_bytes` (what is beyond that answers the
  // call with 413 and returns ""; so does a body cut short, with 400).
  std::string ReadAll(size_t max_bytes = 64u << 20);
  // ReadAll into a protobuf message; on false a 400 has been sent.
  template <typename M>
  bool ReadMessage(M* message);

  // The whole answer at once. Later answers to the same call do nothing.
  void Respond(std::string_view body,
               std::string_view content_type = "text/plain; charset=utf-8");
  void RespondWith(int status, std::string_view body,
                   const HeaderList& headers = {});
  template <typename M>
  void RespondMessage(const M& message);

  // Or in pieces: Start, any number of Write, and the handler's return ends
  // it. False: the caller is gone, so stop.
  bool Start(int status, const HeaderList& headers = {});
  bool Write(std::string_view piece);
  // One server-sent event; starts a text/event-stream answer if none is begun.
  bool WriteEvent(std::string_view data, std::string_view name = {});
  // Ends the answer as broken: the caller learns that it is not whole.
  void Abort();

  // True once nobody waits for the answer any more.
  bool cancelled();
  // Waits up to `how_long`; true as soon as the call is cancelled. The way to
  // wait in a handler.
  bool WaitCancelled(std::chrono::milliseconds how_long);

  class State;  // of the library's own
  explicit InboundCall(State* state) : state_(state) {}

 private:
  void RespondBytes(int status, std::string_view body,
                    std::string_view content_type);
  State* state_;
};

using Handler = std::function<void(InboundCall&)>;

struct ServerOptions {
  // "IP:PORT" or "unix:PATH". Port 0 takes a free one; see Server::address().
  std::string address = "127.0.0.1:0";
  size_t workers = 8;          // calls served at the same time
  size_t waiting_calls = 256;  // beyond these: 503 with Retry-After
  size_t connections = 1024;   // beyond these: not accepted until one ends
  std::chrono::milliseconds grace{10000};  // of Run's and ~Server's Stop
};

// Not thread-safe but for Stop() and address() after Start.
class Server {
 public:
  explicit Server(ServerOptions options = {});
  ~Server();  // Stop(options.grace)
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Calls of `method` ("*": any) to `path` (query apart; one that ends in `*`
  // stands for all that begin so) go to `handler`. The longest path wins.
  // REQUIRES: before Start. Handlers must not throw: what does answers 500.
  void Handle(std::string_view method, std::string_view path, Handler handler);
  // POST /NAME.
  void Handle(std::string_view name, Handler handler);

  // Listens and serves from now on. False: `*error` says why (address in use).
  bool Start(std::string* error);
  // "127.0.0.1:8081", the port as it is.
  std::string address() const;

  // Takes no new calls, lets open ones end for `grace`, then cancels them, and
  // returns when every handler has returned. Never from inside a handler.
  void Stop(std::chrono::milliseconds grace);

  // Start, serve until SIGINT or SIGTERM, Stop. Returns what main should:
  // 0, or 3 with a line on stderr when it could not listen.
  int Run();

 private:
  class State;
  std::unique_ptr<State> state_;
};

template <typename M>
bool InboundCall::ReadMessage(M* message) {
  std::string bytes = ReadAll();
  if (message->ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return true;
  }
  RespondWith(400, "the body is not the message this agent expects\n");
  return false;
}

template <typename M>
void InboundCall::RespondMessage(const M& message) {
  std::string bytes;
  if (message.SerializeToString(&bytes)) {
    RespondBytes(200, bytes, "application/x-protobuf");
  } else {
    RespondWith(500, "the answer cannot be written as a message\n");
  }
}

}  // namespace herald
