// SPDX-License-Identifier: Apache-2.0
//
// One watcher thread waits for connections and for the heads of requests; a
// pool of workers runs handlers. A connection is owned by the server's list
// and is in the hands of exactly one thread: the watcher's while it is in
// `watched_`, a worker's from the queue until it is given back.
#include "herald/server.h"

#include <poll.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "sdk/src/inbound.h"
#include "sdk/src/routes.h"
#include "sdk/src/socket.h"

namespace herald {

using sdk::InboundConnection;

class Server::State {
 public:
  explicit State(ServerOptions given) : options(std::move(given)) {}
  ~State();

  Status Start();
  void Stop(std::chrono::milliseconds grace);

  const ServerOptions options;
  sdk::Routes routes;
  Address address;

 private:
  using Owned = std::unique_ptr<InboundConnection>;

  void Watch();
  std::vector<pollfd> Interests(Time* wake);
  void Accept();
  void CloseListener();
  void Look(InboundConnection* connection);
  void Enqueue(InboundConnection* connection);
  void Work();
  void Serve(InboundConnection* connection);
  void Dispatch(InboundCall::State* state);
  void GiveBack(InboundConnection* connection);
  void Remove(InboundConnection* connection);
  void Wake() const;
  bool Idle();

  int listener_ = -1;  // the watcher's alone, once it runs
  int wake_ = -1;      // an eventfd: the watcher looks at its lists again
  std::atomic<bool> stopping_ = false;
  std::thread watcher_;
  std::vector<std::thread> workers_;

  // The watcher's alone.
  std::vector<InboundConnection*> watched_;

  std::mutex mutex_;
  std::condition_variable work_;   // queue_ grew, or closing_
  std::condition_variable ended_;  // a call ended
  std::map<InboundConnection*, Owned> connections_;
  std::deque<InboundConnection*> queue_;     // calls without a worker yet
  std::deque<InboundConnection*> returned_;  // to be watched again
  size_t serving_ = 0;
  bool closing_ = false;
};

Server::State::~State() {
  CloseListener();
  if (wake_ >= 0) close(wake_);
}

void Server::State::CloseListener() {
  if (listener_ < 0) return;
  close(listener_);
  listener_ = -1;
  if (address.is_unix()) unlink(address.path().c_str());
}

Status Server::State::Start() {
  HERALD_ASSIGN_OR_RETURN(Address wanted, sdk::ParsePlace(options.address));
  HERALD_ASSIGN_OR_RETURN(listener_, sdk::Listen(wanted));
  address = wanted.is_unix() ? wanted : sdk::LocalAddress(listener_);
  wake_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake_ < 0) return Unavailable("out of file descriptors");
  watcher_ = std::thread([this] { Watch(); });
  for (size_t i = 0; i < std::max<size_t>(options.workers, 1); ++i) {
    workers_.emplace_back([this] { Work(); });
  }
  return absl::OkStatus();
}

void Server::State::Wake() const {
  uint64_t one = 1;
  [[maybe_unused]] ssize_t n = write(wake_, &one, sizeof one);
}

// ---- the watcher ----

std::vector<pollfd> Server::State::Interests(Time* wake) {
  std::vector<pollfd> items = {{wake_, POLLIN, 0}};
  bool room = false;
  {
    std::lock_guard lock(mutex_);
    room = connections_.size() < options.connections;
  }
  items.push_back({room ? listener_ : -1, POLLIN, 0});
  for (InboundConnection* connection : watched_) {
    short events = connection->wants_input() ? POLLIN : 0;
    if (connection->has_output()) events |= POLLOUT;
    items.push_back({connection->fd(), events, 0});
    *wake = std::min(*wake, connection->NextDeadline());
  }
  return items;
}

void Server::State::Watch() {
  while (true) {
    {
      std::lock_guard lock(mutex_);
      if (closing_) return;
      watched_.insert(watched_.end(), returned_.begin(), returned_.end());
      returned_.clear();
    }
    if (stopping_) CloseListener();
    Time wake = kNever;
    std::vector<pollfd> items = Interests(&wake);
    int timeout = -1;
    if (wake != kNever) {
      auto left =
          std::chrono::ceil<std::chrono::milliseconds>(wake - sdk::Now());
      timeout = static_cast<int>(
          std::clamp<int64_t>(left.count(), 0, int64_t{INT_MAX}));
    }
    poll(items.data(), items.size(), timeout);
    uint64_t ignored = 0;
    [[maybe_unused]] ssize_t n = read(wake_, &ignored, sizeof ignored);
    std::vector<InboundConnection*> looked_at;
    looked_at.swap(watched_);
    for (size_t i = 0; i < looked_at.size(); ++i) {
      bool ready = items[i + 2].revents != 0 || stopping_ ||
                   looked_at[i]->NextDeadline() <= sdk::Now();
      if (ready) {
        Look(looked_at[i]);
      } else {
        watched_.push_back(looked_at[i]);
      }
    }
    if (items[1].revents != 0) Accept();
  }
}

void Server::State::Accept() {
  while (true) {
    int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    auto owned = std::make_unique<InboundConnection>(fd, &stopping_);
    InboundConnection* connection = owned.get();
    {
      std::lock_guard lock(mutex_);
      connections_.emplace(connection, std::move(owned));
      if (connections_.size() >= options.connections) {
        watched_.push_back(connection);
        return;
      }
    }
    Look(connection);
  }
}

// Reads what is there: the connection goes on to a worker, or back on watch,
// or away.
void Server::State::Look(InboundConnection* connection) {
  auto result = connection->Turn(sdk::Now());
  if (connection->call() != nullptr) return Enqueue(connection);
  bool closed = result == sdk::Wire::Result::kClosed || connection->over();
  if (closed || (stopping_ && !connection->has_output())) {
    return Remove(connection);
  }
  watched_.push_back(connection);
}

void Server::State::Enqueue(InboundConnection* connection) {
  {
    std::lock_guard lock(mutex_);
    if (queue_.size() < options.waiting_calls) {
      queue_.push_back(connection);
      work_.notify_one();
      return;
    }
  }
  InboundCall call(connection->call());
  call.RespondWith(503, "all workers of this agent are busy\n",
                   {{"retry-after", "1"}});
  connection->Drain();
  connection->DropCall();
  watched_.push_back(connection);
}

// ---- the workers ----

void Server::State::Work() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    if (queue_.empty()) return;
    InboundConnection* connection = queue_.front();
    queue_.pop_front();
    ++serving_;
    lock.unlock();
    Serve(connection);
    lock.lock();
    --serving_;
    ended_.notify_all();
  }
}

void Server::State::Serve(InboundConnection* connection) {
  while (connection->call() != nullptr && !connection->over()) {
    Dispatch(connection->call());
    connection->call()->Finish();
    connection->DropCall();
    // The codec may hold the next request already (pipelining).
    connection->Turn(sdk::Now());
  }
  if (connection->over() || connection->peer_closed()) {
    Remove(connection);
  } else {
    GiveBack(connection);
  }
}

void Server::State::Dispatch(InboundCall::State* state) {
  InboundCall call(state);
  sdk::Routes::Found found = routes.Find(call.method(), call.path());
  if (found.handler == nullptr && found.allow.empty()) {
    return call.RespondWith(404, "this agent does not serve that path\n");
  }
  if (found.handler == nullptr) {
    return call.RespondWith(405, "this agent does not serve that method\n",
                            {{"allow", found.allow}});
  }
  // The one place where a user's exception is met; it goes no further.
  try {
    (*found.handler)(call);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "herald: the handler of %s threw: %s\n",
                 call.path().c_str(), error.what());
    if (state->started()) return state->Abort();
    call.RespondWith(500, "the agent's handler failed\n");
  }
}

void Server::State::GiveBack(InboundConnection* connection) {
  {
    std::lock_guard lock(mutex_);
    returned_.push_back(connection);
  }
  Wake();
}

void Server::State::Remove(InboundConnection* connection) {
  bool was_full = false;
  {
    std::lock_guard lock(mutex_);
    was_full = connections_.size() >= options.connections;
    connections_.erase(connection);
  }
  if (was_full) Wake();
}

// ---- the end ----

bool Server::State::Idle() { return serving_ == 0 && queue_.empty(); }

void Server::State::Stop(std::chrono::milliseconds grace) {
  if (!watcher_.joinable()) return;
  stopping_ = true;
  Wake();
  {
    std::unique_lock lock(mutex_);
    bool ended = ended_.wait_for(lock, grace, [this] { return Idle(); });
    if (!ended) {
      for (auto& [connection, owned] : connections_) connection->Shutdown();
      ended_.wait(lock, [this] { return Idle(); });
    }
    closing_ = true;
  }
  Wake();
  work_.notify_all();
  watcher_.join();
  CloseListener();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
  std::lock_guard lock(mutex_);
  connections_.clear();
}

Server::Server(ServerOptions options)
    : state_(std::make_unique<State>(std::move(options))) {}

Server::~Server() { Stop(state_->options.grace); }

void Server::Handle(std::string_view method, std::string_view path,
                    Handler handler) {
  state_->routes.Add(method, path, std::move(handler));
}

void Server::Handle(std::string_view name, Handler handler) {
  Handle("POST", "/" + std::string(name), std::move(handler));
}

bool Server::Start(std::string* error) {
  Status status = state_->Start();
  if (!status.ok() && error != nullptr) *error = Message(status);
  return status.ok();
}

std::string Server::address() const { return state_->address.ToString(); }

void Server::Stop(std::chrono::milliseconds grace) { state_->Stop(grace); }

int Server::Run() {
  // Blocked before the threads begin, so that only this one hears them.
  sigset_t ends, before;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, &before);
  std::string error;
  if (!Start(&error)) {
    std::fprintf(stderr, "herald: %s\n", error.c_str());
    return 3;
  }
  int received = 0;
  sigwait(&ends, &received);
  // A second signal ends the process at once.
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  Stop(state_->options.grace);
  return 0;
}

}  // namespace herald
