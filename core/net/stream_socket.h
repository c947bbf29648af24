// SPDX-License-Identifier: Apache-2.0
//
// A connected byte stream, TCP or unix, on the loop. Reading is asked for, one
// piece at a time, so that whoever cannot take more simply does not ask: that
// is the whole of back-pressure here. Writing happens at once, as far as the
// kernel takes it; callers write at the end of a turn.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/address.h"
#include "core/net/asio_loop.h"
#include "core/net/fd.h"

namespace herald::net {

// Who is at the other end of a unix socket, by the kernel's word.
struct SocketCredentials {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

class SocketEvents {
 public:
  virtual ~SocketEvents() = default;
  // What a Read asked for; `bytes` live during the call. A socket may be
  // destroyed inside any of these.
  virtual void OnBytes(std::string_view bytes) = 0;
  // The other end will send nothing more; it may still read.
  virtual void OnEof() = 0;
  // Both directions are dead. Nothing follows.
  virtual void OnBroken(const std::string& why) = 0;
  // A Write that took less than all of it may be tried again.
  virtual void OnWritable() = 0;
};

// Owned by its user, destroyed before the loop; borrows `events`. No event
// comes from inside a call.
class StreamSocket {
 public:
  // Takes over a connected, non-blocking descriptor.
  StreamSocket(AsioLoop& loop, UniqueFd fd, SocketEvents* events);
  ~StreamSocket();
  StreamSocket(const StreamSocket&) = delete;
  StreamSocket& operator=(const StreamSocket&) = delete;

  // Asks for one OnBytes, OnEof or OnBroken. Does nothing while an earlier
  // wish is open.
  void Read();

  // How many bytes the kernel took; with less than all, OnWritable follows.
  // nullopt when the connection can carry nothing more in this direction
  // (what the other end has sent may still be read).
  std::optional<size_t> Write(std::string_view bytes);

  // Tells the other end that nothing more comes.
  void ShutdownWrite();

  // Acknowledges what was read without the usual delay (TCP only).
  void AcknowledgeNow();

  // True when there is nothing to be read: neither bytes nor an end.
  bool Quiet() const;

  // Unix only.
  std::optional<SocketCredentials> peer_credentials() const;

 private:
  struct Descriptor;
  void AwaitWritable();

  // Shared with the handlers Asio holds: they may run after our end.
  std::shared_ptr<Descriptor> descriptor_;
};

}  // namespace herald::net
