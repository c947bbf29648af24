// SPDX-License-Identifier: Apache-2.0
//
// Calls to other agents, by name, through the sidecar beside this process:
//
//   herald::Client client;
//   herald::Reply reply = client.Call("summarizer", text);
//   if (!reply.ok()) std::cerr << reply.problem.detail << "\n";
//
// Calls block the thread that makes them. Nothing is thrown; what goes wrong is
// in Reply::outcome.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "herald/call.h"

namespace herald {

struct ClientOptions {
  // Where the sidecar listens: "/run/herald/agents.sock", "unix:PATH" or
  // "IP:PORT". Empty: the environment's HERALD_SOCKET, else the default socket
  // /run/herald/agents.sock where it is there, else 127.0.0.1:15001.
  std::string sidecar;
  size_t max_reply_bytes = 64u << 20;  // of one unary answer
  size_t idle_connections = 16;        // kept for the next calls
};

// What to look for; empty fields match everything.
struct AgentQuery {
  std::string name;
  std::string skill;
  std::string tag;
};

// Somebody who serves an agent; a fact is "" where it is not known.
struct AgentPeer {
  std::string name;
  std::string country;  // "DE"
  std::string tier;     // "Device", "FarEdge", "NearEdge", "Cloud"
};

struct Agent {
  std::string name;
  std::vector<std::string> skills;
  std::vector<std::string> tags;
  std::vector<AgentPeer> peers;
};

struct AgentList : Reply {
  std::vector<Agent> agents;  // in the sidecar's order
};

// One server-sent event (WHATWG HTML 9.2).
struct Event {
  std::string name;  // "message" where the sender gave none
  std::string data;
  std::string id;
};

// A call whose request and answer go piece by piece. Belongs to the caller of
// Client::Open and may outlive the Client. Used by one thread at a time, but
// for Cancel(). Destroying it before the end cancels the call.
//
// The sidecar's and the other agent's windows bound what is on its way: Write
// waits for room, and reads meanwhile, up to 256 KiB. An agent that answers
// more than that before it reads on must be read from between two writes.
class Stream {
 public:
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Sends a piece; waits until it has left. False: the call is over early;
  // what the agent did answer can still be read.
  bool Write(std::string_view piece);
  // No more pieces will follow. Many agents answer only then.
  bool CloseWrite();

  // Waits for the answer's head. 0: none came; see reply().outcome.
  int WaitStatus();
  // The next piece, as soon as it is there; nullopt at the end, be it good or
  // bad: see reply(). Does not close the writing half.
  std::optional<std::string> Read();
  // The next server-sent event; nullopt at the end.
  std::optional<Event> ReadEvent();

  // From any thread: ends the call at once; pending waits return.
  void Cancel();

  // Status, headers and peer once the head is there; the outcome is final when
  // Read has returned nullopt. `body` holds what an erring agent said.
  const Reply& reply() const;

 private:
  friend class Client;
  class State;
  explicit Stream(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// Thread-safe: one for the whole process is usual. Connections to the sidecar
// are made when needed and used again. Holds no thread of its own.
class Client {
 public:
  explicit Client(ClientOptions options = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Sends `body` and waits for the whole answer.
  Reply Call(std::string_view agent, std::string_view body,
             const CallOptions& options = {});

  // The same for protobuf messages: client.Call<Summary>("summarizer", text).
  // The content type is application/x-protobuf, both ways.
  template <typename Response, typename Request,
            typename = std::enable_if_t<
                !std::is_convertible_v<const Request&, std::string_view>>>
  MessageReply<Response> Call(std::string_view agent, const Request& request,
                              CallOptions options = {});

  // Starts a call that streams; never null. Errors show at the first Write,
  // Read or WaitStatus.
  std::unique_ptr<Stream> Open(std::string_view agent,
                               const CallOptions& options = {});

  // The agents this sidecar can reach. ok() with an empty list: none match.
  AgentList Find(const AgentQuery& query = {});

  // The sidecar's address as it was decided: "unix:PATH" or "IP:PORT".
  const std::string& sidecar() const;

 private:
  class State;
  static void SetUnreadable(Reply* reply);
  static Reply UnwritableMessage();
  std::shared_ptr<State> state_;
};

template <typename Response, typename Request, typename>
MessageReply<Response> Client::Call(std::string_view agent,
                                    const Request& request,
                                    CallOptions options) {
  MessageReply<Response> out;
  std::string bytes;
  if (!request.SerializeToString(&bytes)) {
    static_cast<Reply&>(out) = UnwritableMessage();
    return out;
  }
  options.content_type = "application/x-protobuf";
  static_cast<Reply&>(out) = Call(agent, std::string_view(bytes), options);
  if (out.ok() && !out.message.ParseFromArray(
                      out.body.data(), static_cast<int>(out.body.size()))) {
    SetUnreadable(&out);
  }
  return out;
}

}  // namespace herald
