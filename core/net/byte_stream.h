// SPDX-License-Identifier: Apache-2.0
//
// A connected byte stream on the loop, plain (stream_socket.h) or TLS
// (tls_stream.h), so that whatever stands on one need not know which. Reading
// is asked for, one piece at a time, so that whoever cannot take more simply
// does not ask: that is the whole of back-pressure here. Writing happens at
// once, as far as the kernel takes it; callers write at the end of a turn.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

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
  // What a Read asked for; `bytes` live during the call. A stream may be
  // destroyed inside any of these.
  virtual void OnBytes(std::string_view bytes) = 0;
  // The other end will send nothing more; it may still read.
  virtual void OnEof() = 0;
  // Both directions are dead. Nothing follows.
  virtual void OnBroken(const std::string& why) = 0;
  // A Write that took less than all of it may be tried again.
  virtual void OnWritable() = 0;
};

// Owned by its user, destroyed before the loop; borrows its events. No event
// comes from inside a call.
class ByteStream {
 public:
  virtual ~ByteStream() = default;

  // Where events go from now on; null: nowhere.
  virtual void SetEvents(SocketEvents* events) = 0;

  // Asks for one OnBytes, OnEof or OnBroken. Does nothing while an earlier
  // wish is open.
  virtual void Read() = 0;

  // How many bytes were taken; with less than all, OnWritable follows.
  // nullopt when the connection can carry nothing more in this direction
  // (what the other end has sent may still be read).
  virtual std::optional<size_t> Write(std::string_view bytes) = 0;

  // Tells the other end that nothing more comes.
  virtual void ShutdownWrite() = 0;

  // Acknowledges what was read without the usual delay (TCP only).
  virtual void AcknowledgeNow() = 0;

  // True when there is nothing to be read: neither bytes nor an end.
  virtual bool Quiet() const = 0;

  // Unix only.
  virtual std::optional<SocketCredentials> peer_credentials() const = 0;
};

}  // namespace herald::net
