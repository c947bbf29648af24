// SPDX-License-Identifier: Apache-2.0
#include "sdk/src/connection.h"

#include <utility>

#include "core/http/h1_client.h"
#include "sdk/src/socket.h"

namespace herald::sdk {

// The HTTP/1.1 codec by its own name, not by core/http/codecs.h: a program
// that links the SDK needs no nghttp2.
Connection::Connection(int fd)
    : wire_(fd),
      codec_(std::make_unique<http::H1Client>(http::Limits(), events_)) {}

bool Connection::Reusable() {
  return !codec_->done() && codec_->CanOpen() && codec_->Output().empty() &&
         !wire_.peer_closed() && !wire_.HasInput();
}

StatusOr<std::unique_ptr<Connection>> ConnectionPool::Take(Time deadline,
                                                           bool fresh) {
  if (!fresh) {
    std::lock_guard lock(mutex_);
    while (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      if (connection->Reusable()) return connection;
    }
  }
  HERALD_ASSIGN_OR_RETURN(int fd, Dial(sidecar_, deadline));
  return std::make_unique<Connection>(fd);
}

void ConnectionPool::Return(std::unique_ptr<Connection> connection) {
  if (connection == nullptr || !connection->Reusable()) return;
  connection->MarkUsed();
  std::lock_guard lock(mutex_);
  if (idle_.size() < keep_) idle_.push_back(std::move(connection));
}

}  // namespace herald::sdk
