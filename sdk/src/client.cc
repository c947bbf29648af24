// SPDX-License-Identifier: Apache-2.0
#include "herald/client.h"

#include <utility>

#include "sdk/src/catalogue.h"
#include "sdk/src/connection.h"
#include "sdk/src/conversation.h"
#include "sdk/src/event_parser.h"
#include "sdk/src/outcome.h"
#include "sdk/src/request.h"
#include "sdk/src/socket.h"

namespace herald {
namespace {

Time DeadlineOf(const CallOptions& options) {
  return options.timeout.count() > 0 ? sdk::After(options.timeout.count())
                                     : kNever;
}

}  // namespace

// Shared by the client and its streams: a stream may return its connection
// after the client has gone.
class Client::State {
 public:
  explicit State(ClientOptions given)
      : options(std::move(given)), place(sdk::FindSidecar(options.sidecar)) {
    if (!place.ok()) return;
    address = place->ToString();
    pool =
        std::make_unique<sdk::ConnectionPool>(*place, options.idle_connections);
  }

  // A connection with `head` on its way, or a conversation that has failed.
  void Begin(const http::RequestHead& head, bool end, bool fresh, Time deadline,
             sdk::Conversation* conversation) {
    if (pool == nullptr) {
      return conversation->FailBeforehand(Outcome::kSidecarUnreachable,
                                          Message(place.status()));
    }
    auto connection = pool->Take(deadline, fresh);
    if (!connection.ok()) {
      return conversation->FailBeforehand(
          Outcome::kSidecarUnreachable,
          "no sidecar: " + Message(connection.status()));
    }
    conversation->Begin(*std::move(connection), head, end);
  }

  // One try of a unary call. `*again`: it was lost on a connection that had
  // been idle, without an answer.
  Reply TryOnce(const http::RequestHead& head, std::string_view body,
                Time deadline, bool may_repeat, bool* again) {
    bool fresh = *again;
    *again = false;
    sdk::Conversation conversation(deadline);
    Begin(head, body.empty(), fresh, deadline, &conversation);
    if (!body.empty()) conversation.Send(body, true);
    std::string answer;
    while (std::optional<std::string> piece = conversation.Next()) {
      answer += *piece;
      if (answer.size() > options.max_reply_bytes) {
        sdk::Fail(Outcome::kBadReply,
                  "the answer is larger than max_reply_bytes",
                  &conversation.reply());
        return std::move(conversation.reply());
      }
    }
    *again = !fresh && conversation.LostOnUsedConnection() &&
             (may_repeat || conversation.nothing_sent());
    Reply reply = std::move(conversation.reply());
    if (reply.status < 400) reply.body = std::move(answer);
    if (pool != nullptr) pool->Return(conversation.Release());
    return reply;
  }

  const ClientOptions options;
  const StatusOr<Address> place;
  std::string address;
  std::unique_ptr<sdk::ConnectionPool> pool;  // null without a usable place
};

Client::Client(ClientOptions options)
    : state_(std::make_shared<State>(std::move(options))) {}
Client::~Client() = default;

const std::string& Client::sidecar() const { return state_->address; }

Reply Client::Call(std::string_view agent, std::string_view body,
                   const CallOptions& options) {
  Reply reply;
  StatusOr<http::RequestHead> head = sdk::MakeRequest(agent, options);
  if (!head.ok()) {
    sdk::Fail(Outcome::kBadRequest, Message(head.status()), &reply);
    return reply;
  }
  bool bodiless =
      body.empty() && (options.method == "GET" || options.method == "HEAD");
  if (bodiless) {
    head->headers.Remove("content-type");
  } else {
    head->content_length = body.size();
  }
  Time deadline = DeadlineOf(options);
  bool again = false;
  reply =
      state_->TryOnce(*head, body, deadline, sdk::MayRepeat(options), &again);
  if (again) {
    reply = state_->TryOnce(*head, body, deadline, false, &again);
  }
  return reply;
}

AgentList Client::Find(const AgentQuery& query) {
  AgentList out;
  http::RequestHead head;
  head.method = "GET";
  head.scheme = "http";
  head.authority = "herald";
  head.path = "/.herald/agents";
  bool again = false;
  // The catalogue is the sidecar's own memory: it answers at once or is ill.
  Time deadline = sdk::After(5000);
  static_cast<Reply&>(out) = state_->TryOnce(head, {}, deadline, true, &again);
  if (again) {
    static_cast<Reply&>(out) =
        state_->TryOnce(head, {}, deadline, false, &again);
  }
  if (!out.ok()) return out;
  auto agents = sdk::ParseCatalogue(out.body);
  if (!agents) {
    sdk::Fail(Outcome::kBadReply, "the catalogue cannot be read", &out);
    return out;
  }
  for (Agent& agent : *agents) {
    if (sdk::Matches(agent, query)) out.agents.push_back(std::move(agent));
  }
  return out;
}

void Client::SetUnreadable(Reply* reply) {
  sdk::Fail(Outcome::kBadReply, "the answer is not the message asked for",
            reply);
}

Reply Client::UnwritableMessage() {
  Reply reply;
  sdk::Fail(Outcome::kBadRequest, "the message cannot be serialized", &reply);
  return reply;
}

class Stream::State {
 public:
  explicit State(Time deadline) : conversation(deadline) {}
  sdk::Conversation conversation;
  sdk::EventParser events;
};

Stream::Stream(std::unique_ptr<State> state) : state_(std::move(state)) {}
Stream::~Stream() = default;

std::unique_ptr<Stream> Client::Open(std::string_view agent,
                                     const CallOptions& options) {
  Time deadline = DeadlineOf(options);
  auto state = std::make_unique<Stream::State>(deadline);
  StatusOr<http::RequestHead> head = sdk::MakeRequest(agent, options);
  if (!head.ok()) {
    state->conversation.FailBeforehand(Outcome::kBadRequest,
                                       Message(head.status()));
  } else {
    bool end = options.method == "GET" || options.method == "HEAD";
    if (end) head->headers.Remove("content-type");
    // Always a new connection: a stream cannot be sent a second time if an
    // idle one turns out to be closed.
    state_->Begin(*head, end, true, deadline, &state->conversation);
  }
  return std::unique_ptr<Stream>(new Stream(std::move(state)));
}

bool Stream::Write(std::string_view piece) {
  return piece.empty() ? state_->conversation.sending()
                       : state_->conversation.Send(piece, false);
}

bool Stream::CloseWrite() { return state_->conversation.Send({}, true); }

int Stream::WaitStatus() {
  return state_->conversation.AwaitHead() ? reply().status : 0;
}

std::optional<std::string> Stream::Read() {
  return state_->conversation.Next();
}

std::optional<Event> Stream::ReadEvent() {
  while (true) {
    if (std::optional<Event> event = state_->events.Take()) return event;
    std::optional<std::string> piece = Read();
    if (!piece) return std::nullopt;
    state_->events.Feed(*piece);
  }
}

void Stream::Cancel() { state_->conversation.Cancel(); }

const Reply& Stream::reply() const { return state_->conversation.reply(); }

}  // namespace herald
