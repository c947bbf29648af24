// SPDX-License-Identifier: Apache-2.0
#include "core/net/resolve.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "core/net/fd.h"

namespace herald::net {
namespace {

using Addresses = std::vector<Address>;

StatusOr<Addresses> Ask(const std::string& host, uint16_t port, int flags) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) {
    return Unavailable("the name " + host +
                       " cannot be resolved: " + gai_strerror(error));
  }
  Addresses out;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    out.push_back(Address::FromSockaddr(one->ai_addr, one->ai_addrlen));
  }
  freeaddrinfo(found);
  return out;
}

bool IsAddress(const std::string& host) {
  unsigned char parsed[sizeof(in6_addr)];
  return inet_pton(AF_INET, host.c_str(), parsed) == 1 ||
         inet_pton(AF_INET6, host.c_str(), parsed) == 1;
}

// Between the thread and the loop; the last of them to hold it frees it.
struct Mailbox {
  UniqueFd bell{eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
  std::mutex guard;
  StatusOr<Addresses> answer = Unavailable("not asked");
};

void AskOnThread(const std::shared_ptr<Mailbox>& mailbox,
                 const std::string& host, uint16_t port) {
  auto answer = Ask(host, port, 0);
  {
    const std::lock_guard<std::mutex> lock(mailbox->guard);
    mailbox->answer = std::move(answer);
  }
  const uint64_t one = 1;
  [[maybe_unused]] ssize_t n = write(mailbox->bell.get(), &one, sizeof one);
}

}  // namespace

// `done` is empty once it was called, or the question given up.
struct Resolve::Question {
  Question(AsioLoop& loop, Done callback)
      : io(loop.context()), done(std::move(callback)) {}

  void Answer(StatusOr<Addresses> answer) {
    if (auto callback = std::exchange(done, nullptr)) {
      callback(std::move(answer));
    }
  }

  std::shared_ptr<Mailbox> mailbox = std::make_shared<Mailbox>();
  boost::asio::posix::basic_stream_descriptor<
      boost::asio::io_context::executor_type>
      io;                           // a duplicate of the bell
  std::array<char, 16> rings = {};  // 8 are read; see alarm.cc
  Done done;
};

Resolve::Resolve(AsioLoop& loop, const std::string& host, uint16_t port,
                 Done done)
    : question_(std::make_shared<Question>(loop, std::move(done))) {
  auto later = [&](StatusOr<Addresses> answer) {
    loop.Post([question = question_, answer = std::move(answer)] {
      question->Answer(answer);
    });
  };
  if (IsAddress(host)) {
    later(Ask(host, port, AI_NUMERICHOST));
    return;
  }
  const int bell = dup(question_->mailbox->bell.get());
  boost::system::error_code error;
  question_->io.assign(bell, error);
  if (error) {
    if (bell >= 0) close(bell);
    later(Unavailable("the name " + host +
                      " cannot be resolved: " + error.message()));
    return;
  }
  question_->io.async_read_some(
      boost::asio::buffer(question_->rings),
      [question = question_](const boost::system::error_code& failed, size_t) {
        if (failed) return;
        StatusOr<Addresses> answer = [&] {
          const std::lock_guard<std::mutex> lock(question->mailbox->guard);
          return question->mailbox->answer;
        }();
        question->Answer(std::move(answer));
      });
  try {
    std::thread(AskOnThread, question_->mailbox, host, port).detach();
  } catch (const std::system_error& no_thread) {
    later(Unavailable("the name " + host +
                      " cannot be resolved: " + no_thread.what()));
  }
}

Resolve::~Resolve() {
  question_->done = nullptr;
  boost::system::error_code ignored;
  question_->io.close(ignored);
}

}  // namespace herald::net
