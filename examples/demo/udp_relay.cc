// SPDX-License-Identifier: Apache-2.0
//
// A network in one process: carries UDP datagrams between sidecars and lets
// each take as long as the real way would. Linux can delay packets itself
// (netem), but only for root and not on every kernel.
//
//   herald_demo_relay far=127.0.0.1:7001:2 cloud=127.0.0.1:7002:45
//
// A link is NAME=IP:PORT:DELAY, DELAY in milliseconds one way. The relay
// listens for each on a free port of 127.0.0.1 and says so: "link far 40123".
// Each client of a link gets a socket of its own towards the target, so that
// answers find their way back. It then takes commands on stdin, a line each,
// and answers "ok" or "error ...":
//
//   delay NAME MS    from now on
//   cut NAME         every datagram is lost, both ways
//   heal NAME
//
// It ends when stdin does. One thread, one epoll loop.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::microseconds;

constexpr size_t kDatagram = 65536;
// What a link holds at most; beyond it datagrams are lost, as in a router.
constexpr size_t kQueued = 20'000;
constexpr int kSocketBuffer = 4 << 20;

struct Datagram {
  Clock::time_point due;
  int fd;                         // the socket it leaves by
  std::optional<sockaddr_in> to;  // absent: fd is connected
  std::string bytes;
};

int OpenSocket(const sockaddr_in* target) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &kSocketBuffer, sizeof kSocketBuffer);
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kSocketBuffer, sizeof kSocketBuffer);
  sockaddr_in any = {};
  any.sin_family = AF_INET;
  any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bool fine = bind(fd, reinterpret_cast<sockaddr*>(&any), sizeof any) == 0;
  if (fine && target != nullptr) {
    fine = connect(fd, reinterpret_cast<const sockaddr*>(target),
                   sizeof *target) == 0;
  }
  if (!fine) {
    close(fd);
    return -1;
  }
  return fd;
}

// A client of a link: who it is, and the socket that stands for it.
struct Flow {
  sockaddr_in client;
  int fd;
};

struct Link {
  std::string name;
  sockaddr_in target = {};
  microseconds delay{0};
  bool cut = false;
  int listener = -1;
  std::vector<std::unique_ptr<Flow>> flows;
  // In order of `due`: a shorter delay does not let a datagram overtake.
  std::deque<Datagram> queue;

  void Add(int fd, std::optional<sockaddr_in> to, std::string bytes) {
    if (cut || queue.size() >= kQueued) return;
    Clock::time_point due = Clock::now() + delay;
    if (!queue.empty()) due = std::max(due, queue.back().due);
    queue.push_back({due, fd, to, std::move(bytes)});
  }

  void SendDue(Clock::time_point now) {
    while (!queue.empty() && queue.front().due <= now) {
      const Datagram& datagram = queue.front();
      const sockaddr* to = nullptr;
      socklen_t size = 0;
      if (datagram.to) {
        to = reinterpret_cast<const sockaddr*>(&*datagram.to);
        size = sizeof *datagram.to;
      }
      // A full socket or a closed port loses it, as networks do.
      if (!cut) {
        sendto(datagram.fd, datagram.bytes.data(), datagram.bytes.size(),
               MSG_NOSIGNAL, to, size);
      }
      queue.pop_front();
    }
  }
};

// NAME=IP:PORT:DELAY
std::unique_ptr<Link> ParseLink(std::string_view text) {
  auto link = std::make_unique<Link>();
  size_t equals = text.find('=');
  size_t delay = text.rfind(':');
  size_t port = delay == 0 || delay == std::string_view::npos
                    ? delay
                    : text.rfind(':', delay - 1);
  if (equals == std::string_view::npos || port == std::string_view::npos ||
      port < equals) {
    return nullptr;
  }
  link->name = text.substr(0, equals);
  std::string ip(text.substr(equals + 1, port - equals - 1));
  std::string number(text.substr(port + 1, delay - port - 1));
  link->target.sin_family = AF_INET;
  link->target.sin_port =
      htons(static_cast<uint16_t>(std::strtoul(number.c_str(), nullptr, 10)));
  double ms = std::strtod(std::string(text.substr(delay + 1)).c_str(), nullptr);
  link->delay = microseconds(static_cast<int64_t>(ms * 1000));
  bool fine = inet_pton(AF_INET, ip.c_str(), &link->target.sin_addr) == 1 &&
              ms >= 0 && link->target.sin_port != 0;
  return fine ? std::move(link) : nullptr;
}

class Relay {
 public:
  Relay() : epoll_(epoll_create1(EPOLL_CLOEXEC)), buffer_(kDatagram, '\0') {}

  bool Add(std::unique_ptr<Link> link) {
    link->listener = OpenSocket(nullptr);
    if (link->listener < 0) return false;
    Watch(link->listener, {link.get(), nullptr});
    sockaddr_in mine = {};
    socklen_t size = sizeof mine;
    getsockname(link->listener, reinterpret_cast<sockaddr*>(&mine), &size);
    std::printf("link %s %u\n", link->name.c_str(), ntohs(mine.sin_port));
    links_.push_back(std::move(link));
    return true;
  }

  void Run() {
    Watch(STDIN_FILENO, {nullptr, nullptr});
    std::printf("ready\n");
    std::fflush(stdout);
    while (!ended_) {
      epoll_event events[64];
      int ready = Wait(events, 64);
      for (int i = 0; i < ready; ++i) OnReadable(events[i].data.fd);
      Clock::time_point now = Clock::now();
      for (auto& link : links_) link->SendDue(now);
    }
  }

 private:
  struct Source {
    Link* link;  // null: stdin
    Flow* flow;  // null: the link's listener
  };

  void Watch(int fd, Source source) {
    sources_[fd] = source;
    epoll_event event = {};
    event.events = EPOLLIN;
    event.data.fd = fd;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  int Wait(epoll_event* events, int count) {
    Clock::time_point wake = Clock::time_point::max();
    for (const auto& link : links_) {
      if (!link->queue.empty()) {
        wake = std::min(wake, link->queue.front().due);
      }
    }
    if (wake == Clock::time_point::max()) {
      return epoll_wait(epoll_, events, count, -1);
    }
    // Sub-millisecond waits, so that a delay of 2 ms is one of 2 ms.
    auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::max(wake - Clock::now(), Clock::duration::zero()));
    timespec timeout = {left.count() / 1'000'000'000,
                        left.count() % 1'000'000'000};
    return epoll_pwait2(epoll_, events, count, &timeout, nullptr);
  }

  void OnReadable(int fd) {
    Source source = sources_[fd];
    if (source.link == nullptr) {
      OnInput();
    } else if (source.flow == nullptr) {
      FromClients(source.link);
    } else {
      FromTarget(source.link, source.flow);
    }
  }

  void FromClients(Link* link) {
    while (true) {
      sockaddr_in from = {};
      socklen_t size = sizeof from;
      ssize_t n = recvfrom(link->listener, buffer_.data(), buffer_.size(), 0,
                           reinterpret_cast<sockaddr*>(&from), &size);
      if (n < 0) return;
      Flow* flow = FindFlow(link, from);
      if (flow == nullptr) continue;
      link->Add(flow->fd, std::nullopt,
                buffer_.substr(0, static_cast<size_t>(n)));
    }
  }

  void FromTarget(Link* link, Flow* flow) {
    while (true) {
      ssize_t n = recv(flow->fd, buffer_.data(), buffer_.size(), 0);
      // Nobody listens there: the socket says so once for each datagram sent.
      if (n < 0 && errno == ECONNREFUSED) continue;
      if (n < 0) return;
      link->Add(link->listener, flow->client,
                buffer_.substr(0, static_cast<size_t>(n)));
    }
  }

  Flow* FindFlow(Link* link, const sockaddr_in& client) {
    for (auto& flow : link->flows) {
      if (flow->client.sin_port == client.sin_port &&
          flow->client.sin_addr.s_addr == client.sin_addr.s_addr) {
        return flow.get();
      }
    }
    int fd = OpenSocket(&link->target);
    if (fd < 0) return nullptr;
    link->flows.push_back(std::make_unique<Flow>(Flow{client, fd}));
    Watch(fd, {link, link->flows.back().get()});
    return link->flows.back().get();
  }

  void OnInput() {
    char piece[4096];
    ssize_t n = read(STDIN_FILENO, piece, sizeof piece);
    if (n <= 0) {
      ended_ = true;
      return;
    }
    input_.append(piece, static_cast<size_t>(n));
    size_t end = 0;
    while ((end = input_.find('\n')) != std::string::npos) {
      std::string error = Obey(input_.substr(0, end));
      input_.erase(0, end + 1);
      std::printf("%s\n", error.empty() ? "ok" : ("error " + error).c_str());
      std::fflush(stdout);
    }
  }

  // "" when it was done.
  std::string Obey(const std::string& line) {
    std::istringstream words(line);
    std::string verb, name;
    double ms = -1;
    words >> verb >> name;
    for (auto& link : links_) {
      if (link->name != name) continue;
      if (verb == "delay" && words >> ms && ms >= 0) {
        link->delay = microseconds(static_cast<int64_t>(ms * 1000));
      } else if (verb == "cut" || verb == "heal") {
        link->cut = verb == "cut";
      } else {
        return "commands are: delay NAME MS, cut NAME, heal NAME";
      }
      return "";
    }
    return "no link '" + name + "'";
  }

  int epoll_;
  std::string buffer_;
  std::string input_;
  std::vector<std::unique_ptr<Link>> links_;
  std::map<int, Source> sources_;
  bool ended_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  Relay relay;
  for (int i = 1; i < argc; ++i) {
    std::unique_ptr<Link> link = ParseLink(argv[i]);
    if (link == nullptr) {
      std::fprintf(stderr, "'%s' is not NAME=IP:PORT:DELAY\n", argv[i]);
      return 2;
    }
    if (!relay.Add(std::move(link))) {
      std::perror("cannot open a socket");
      return 3;
    }
  }
  relay.Run();
  return 0;
}
