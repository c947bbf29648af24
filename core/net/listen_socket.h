// SPDX-License-Identifier: Apache-2.0
//
// A place where connections arrive. What is special about unix sockets is
// settled here once: who may connect is decided by file permissions, so the
// socket is 0600 from its first instant, lies in a folder nobody else can
// write to, is never reached through a symbolic link, and takes the place of
// an older socket file only when nobody answers there.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/address.h"
#include "core/base/status.h"
#include "core/net/asio_loop.h"
#include "core/net/fd.h"

namespace herald::net {

// Ok where a unix socket may lie at `path`: its folder is there and nobody
// else can put or replace files in it. The error says what is wrong with it.
Status CheckSocketFolder(const std::string& path);

// Who may connect to a unix socket.
enum class SocketAccess {
  kOwner,
  // Whoever reaches its folder, which may be anybody's to write to: a volume
  // that only the containers of one pod mount, and its agents read-only.
  kEverybody,
};

class ListenEvents {
 public:
  virtual ~ListenEvents() = default;
  // One connection, non-blocking. `remote` has no name for unix.
  virtual void OnAccepted(UniqueFd fd, const Address& remote) = 0;
  // The process or the system is out of descriptors or memory; accepting
  // rests for ListenSocket::kRest.
  virtual void OnExhausted(const std::string& why) = 0;
};

// Owned by its user, destroyed before the loop; borrows `events`. Removes its
// unix socket file at its end. The socket may be destroyed inside an event.
class ListenSocket {
 public:
  // How long accepting rests when the system has no descriptor to give. A
  // fixed pause, rather than a spare descriptor to close and refuse with:
  // waiting in the kernel's queue is kinder to a caller than a reset.
  static constexpr Duration kRest = std::chrono::milliseconds(100);

  // `setting` is the configuration's name of it ("listen.agents"), so that an
  // error can say what to change. Port 0 takes any; see local().
  static StatusOr<std::unique_ptr<ListenSocket>> Open(
      AsioLoop& loop, const Address& address, const std::string& setting,
      SocketAccess access = SocketAccess::kOwner);
  ~ListenSocket();
  ListenSocket(const ListenSocket&) = delete;
  ListenSocket& operator=(const ListenSocket&) = delete;

  // Accepts until Pause; connections wait in the kernel's queue meanwhile.
  void Start(ListenEvents* events);
  void Pause();
  void Resume();

  const Address& local() const { return local_; }

 private:
  struct Descriptor;
  ListenSocket(AsioLoop& loop, UniqueFd fd, Address local);
  static void Await(const std::shared_ptr<Descriptor>& self);
  static void AcceptAll(const std::shared_ptr<Descriptor>& self);

  AsioLoop& loop_;
  Address local_;
  std::shared_ptr<Descriptor> descriptor_;
  uint64_t inode_ = 0;  // of the unix socket file
};

}  // namespace herald::net
