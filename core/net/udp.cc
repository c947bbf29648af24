// SPDX-License-Identifier: Apache-2.0
#include "core/net/udp.h"

#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/net/fd.h"

// Linux's, missing in older C libraries' headers.
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace herald::net {
namespace {

constexpr int kBufferAsked = 4 << 20;  // defaults lose most of a burst
constexpr size_t kReceiveBytes = 65536;
// Receives a turn: others get theirs too, and a flood of empty datagrams
// cannot hold the loop.
constexpr int kReceivesPerTurn = 64;

using ErrorCode = boost::system::error_code;

Status BindError(const Address& address, int error) {
  std::string what = "UDP " + address.ToString();
  if (error == EADDRINUSE) {
    return Unavailable(what +
                       " is in use; stop the other process or choose another "
                       "port (listen.mesh)");
  }
  if (error == EADDRNOTAVAIL) {
    return Unavailable(what + ": this machine has no such address");
  }
  if (error == EACCES) {
    return Unavailable(what +
                       ": not permitted; ports below 1024 need a privilege");
  }
  return Unavailable(what + ": " + std::strerror(error));
}

void Set(int fd, int level, int option, int value) {
  setsockopt(fd, level, option, &value, sizeof value);
}

int Granted(int fd, int option) {
  int value = 0;
  socklen_t size = sizeof value;
  getsockopt(fd, SOL_SOCKET, option, &value, &size);
  return value / 2;  // the kernel counts its own overhead double
}

// IP_PKTINFO and IPV6_RECVPKTINFO.
void TellLocal(int fd, int family) {
  Set(fd, IPPROTO_IP, IP_PKTINFO, 1);
  if (family == AF_INET6) Set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
}

void SetOptions(int fd, int family) {
  Set(fd, SOL_SOCKET, SO_RCVBUF, kBufferAsked);
  Set(fd, SOL_SOCKET, SO_SNDBUF, kBufferAsked);
  Set(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
  Set(fd, SOL_UDP, UDP_GRO, 1);
  Set(fd, IPPROTO_IP, IP_RECVTOS, 1);
  Set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE);
  if (family == AF_INET6) {
    Set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    Set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
    Set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_PROBE);
  }
}

// ::ffff:10.0.0.1 for 10.0.0.1, as an IPv6 socket wants it.
sockaddr_in6 Mapped(const Address& address) {
  const auto* in = reinterpret_cast<const sockaddr_in*>(address.get());
  sockaddr_in6 out = {};
  out.sin6_family = AF_INET6;
  out.sin6_port = in->sin_port;
  out.sin6_addr.s6_addr[10] = out.sin6_addr.s6_addr[11] = 0xff;
  std::memcpy(&out.sin6_addr.s6_addr[12], &in->sin_addr, 4);
  return out;
}

// And back.
Address Unmapped(const sockaddr* from, socklen_t size) {
  const auto* in6 = reinterpret_cast<const sockaddr_in6*>(from);
  if (from->sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr)) {
    return Address::FromSockaddr(from, size);
  }
  sockaddr_in out = {};
  out.sin_family = AF_INET;
  out.sin_port = in6->sin6_port;
  std::memcpy(&out.sin_addr, &in6->sin6_addr.s6_addr[12], 4);
  return Address::FromSockaddr(reinterpret_cast<const sockaddr*>(&out),
                               sizeof out);
}

// Control messages of one sendmsg.
class Control {
 public:
  explicit Control(msghdr& message) : message_(message) {}

  template <typename T>
  void Add(int level, int type, T value) {
    auto* header = reinterpret_cast<cmsghdr*>(bytes_ + used_);
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(sizeof value);
    std::memcpy(CMSG_DATA(header), &value, sizeof value);
    used_ += CMSG_SPACE(sizeof value);
    message_.msg_control = bytes_;
    message_.msg_controllen = used_;
  }

 private:
  msghdr& message_;
  size_t used_ = 0;
  alignas(cmsghdr) char bytes_[CMSG_SPACE(sizeof(int)) * 2 +
                               CMSG_SPACE(sizeof(in6_pktinfo))] = {};
};

// The address a datagram was sent to, with `port`, from its control message.
Address SentTo(const cmsghdr& header, uint16_t port) {
  if (header.cmsg_level == IPPROTO_IP) {
    in_pktinfo info;
    std::memcpy(&info, CMSG_DATA(&header), sizeof info);
    sockaddr_in in = {};
    in.sin_family = AF_INET;
    in.sin_port = htons(port);
    in.sin_addr = info.ipi_addr;
    return Address::FromSockaddr(reinterpret_cast<sockaddr*>(&in), sizeof in);
  }
  in6_pktinfo info;
  std::memcpy(&info, CMSG_DATA(&header), sizeof info);
  sockaddr_in6 in6 = {};
  in6.sin6_family = AF_INET6;
  in6.sin6_port = htons(port);
  in6.sin6_addr = info.ipi6_addr;
  if (IN6_IS_ADDR_LINKLOCAL(&in6.sin6_addr)) {
    in6.sin6_scope_id = info.ipi6_ifindex;
  }
  return Unmapped(reinterpret_cast<sockaddr*>(&in6), sizeof in6);
}

// Makes the kernel send from `local`. `six`: the socket is IPv6.
void SendFrom(const Address& local, bool six, Control& control) {
  if (!six) {
    in_pktinfo info = {};
    info.ipi_spec_dst =
        reinterpret_cast<const sockaddr_in*>(local.get())->sin_addr;
    return control.Add(IPPROTO_IP, IP_PKTINFO, info);
  }
  const sockaddr_in6 from =
      local.family() == AF_INET
          ? Mapped(local)
          : *reinterpret_cast<const sockaddr_in6*>(local.get());
  in6_pktinfo info = {};
  info.ipi6_addr = from.sin6_addr;
  info.ipi6_ifindex = from.sin6_scope_id;
  control.Add(IPPROTO_IPV6, IPV6_PKTINFO, info);
}

// What came along with a receive.
struct Arrival {
  size_t segment;
  Ecn ecn = Ecn::kNotEct;
};

bool Is(const cmsghdr& header, int level, int type) {
  return header.cmsg_level == level && header.cmsg_type == type;
}

Arrival ReadControl(msghdr& message, size_t size, uint64_t& overflows,
                    Address& local) {
  Arrival arrival{size};
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
    int value = 0;
    std::memcpy(&value, CMSG_DATA(c),
                std::min(sizeof value, c->cmsg_len - CMSG_LEN(0)));
    if (Is(*c, SOL_UDP, UDP_GRO)) {
      arrival.segment = static_cast<size_t>(value);
    } else if (Is(*c, IPPROTO_IP, IP_TOS) ||
               Is(*c, IPPROTO_IPV6, IPV6_TCLASS)) {
      arrival.ecn = static_cast<Ecn>(value & 3);
    } else if (Is(*c, SOL_SOCKET, SO_RXQ_OVFL)) {
      overflows = static_cast<uint32_t>(value);
    } else if (Is(*c, IPPROTO_IP, IP_PKTINFO) ||
               Is(*c, IPPROTO_IPV6, IPV6_PKTINFO)) {
      local = SentTo(*c, local.port());
    }
  }
  return arrival;
}

}  // namespace

// Asio's side. `events` is null once the socket is gone or stopped; handlers
// that come later do nothing.
struct UdpSocket::Descriptor
    : std::enable_shared_from_this<UdpSocket::Descriptor> {
  enum class Sent { kYes, kFull, kNoBatches };

  Descriptor(AsioLoop& on, const Address& address)
      : loop(on),
        io(on.context()),
        local(address),
        everywhere(address.is_any()),
        buffer(kReceiveBytes) {}

  void AwaitReadable() {
    if (reading) return;
    reading = true;
    io.async_wait(boost::asio::posix::descriptor_base::wait_read,
                  [self = shared_from_this()](const ErrorCode& error) {
                    self->reading = false;
                    if (error || self->events == nullptr) return;
                    self->Drain();
                    if (self->events != nullptr) self->AwaitReadable();
                  });
  }
  void AwaitWritable() {
    if (writing) return;
    writing = true;
    io.async_wait(boost::asio::posix::descriptor_base::wait_write,
                  [self = shared_from_this()](const ErrorCode& error) {
                    self->writing = false;
                    if (error || self->events == nullptr) return;
                    self->events->OnSendable();
                  });
  }
  void Drain();
  std::optional<size_t> ReceiveOne();
  Sent SendOne(const Path& path, std::span<const uint8_t> bytes, size_t segment,
               Ecn ecn);

  AsioLoop& loop;
  boost::asio::posix::basic_stream_descriptor<
      boost::asio::io_context::executor_type>
      io;
  Address local;
  bool everywhere;  // bound to all addresses
  std::vector<uint8_t> buffer;
  DatagramEvents* events = nullptr;
  bool reading = false;
  bool writing = false;
  bool batches = true;
  uint64_t overflows = 0;
  int receive_buffer = 0;
  int send_buffer = 0;
  int dscp = 0;  // as it stands in the field
};

void UdpSocket::Descriptor::Drain() {
  for (int i = 0; i < kReceivesPerTurn && events != nullptr; ++i) {
    std::optional<size_t> datagrams = ReceiveOne();
    if (!datagrams) return;
    // A single datagram that ended a sleep is mostly all there is; what is
    // left all the same wakes the loop again at once.
    if (*datagrams == 1 && loop.slept()) return;
  }
}

// How many datagrams came (2 stands for any more than one), 0 where there was
// an error instead; nullopt when there is nothing more to receive.
std::optional<size_t> UdpSocket::Descriptor::ReceiveOne() {
  sockaddr_storage from = {};
  iovec piece = {buffer.data(), buffer.size()};
  alignas(cmsghdr) char control[256];
  msghdr message = {};
  message.msg_name = &from;
  message.msg_namelen = sizeof from;
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  ssize_t n = recvmsg(io.native_handle(), &message, MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::nullopt;
  if (n <= 0) return 0;
  size_t size = static_cast<size_t>(n);
  Path path = {
      local, Unmapped(reinterpret_cast<sockaddr*>(&from), message.msg_namelen)};
  Arrival arrival = ReadControl(message, size, overflows, path.local);
  events->OnDatagrams(
      {&path, {buffer.data(), size}, arrival.segment, arrival.ecn});
  return arrival.segment >= size ? 1 : 2;
}

UdpSocket::Descriptor::Sent UdpSocket::Descriptor::SendOne(
    const Path& path, std::span<const uint8_t> bytes, size_t segment, Ecn ecn) {
  const Address& to = path.remote;
  const bool six = local.family() == AF_INET6;
  sockaddr_in6 mapped = {};
  msghdr message = {};
  message.msg_name = const_cast<sockaddr*>(to.get());
  message.msg_namelen = to.length();
  bool is_mapped = six && to.family() == AF_INET;
  if (is_mapped) {
    mapped = Mapped(to);
    message.msg_name = &mapped;
    message.msg_namelen = sizeof mapped;
  }
  iovec piece = {const_cast<uint8_t*>(bytes.data()), bytes.size()};
  message.msg_iov = &piece;
  message.msg_iovlen = 1;
  Control control(message);
  bool batch = segment < bytes.size();
  if (batch) {
    control.Add(SOL_UDP, UDP_SEGMENT, static_cast<uint16_t>(segment));
  }
  // A mapped address has no way to carry a mark along.
  if (ecn != Ecn::kNotEct && !is_mapped) {
    control.Add(six ? IPPROTO_IPV6 : IPPROTO_IP, six ? IPV6_TCLASS : IP_TOS,
                dscp | static_cast<int>(ecn));
  }
  if (everywhere && !path.local.is_any()) SendFrom(path.local, six, control);
  while (sendmsg(io.native_handle(), &message, MSG_DONTWAIT) < 0) {
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return Sent::kFull;
    // Devices without checksum offload refuse GSO so.
    if (batch && errno == EIO) return Sent::kNoBatches;
    break;  // lost: too long for the path, no route, ...
  }
  return Sent::kYes;
}

StatusOr<std::unique_ptr<UdpSocket>> UdpSocket::Bind(AsioLoop& loop,
                                                     const Address& address,
                                                     const SocketMarks& marks) {
  UniqueFd fd(
      socket(address.family(), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) return BindError(address, errno);
  SetOptions(fd.get(), address.family());
  if (address.is_any()) TellLocal(fd.get(), address.family());
  if (int error = SetMarks(fd.get(), address.family(), marks); error != 0) {
    return Unavailable("interface " + marks.interface + ": " +
                       std::strerror(error));
  }
  if (bind(fd.get(), address.get(), address.length()) != 0) {
    return BindError(address, errno);
  }
  sockaddr_storage bound = {};
  socklen_t size = sizeof bound;
  getsockname(fd.get(), reinterpret_cast<sockaddr*>(&bound), &size);
  auto descriptor = std::make_shared<Descriptor>(
      loop, Address::FromSockaddr(reinterpret_cast<sockaddr*>(&bound), size));
  descriptor->receive_buffer = Granted(fd.get(), SO_RCVBUF);
  descriptor->send_buffer = Granted(fd.get(), SO_SNDBUF);
  descriptor->dscp = marks.dscp << kDscpShift;
  ErrorCode error;
  descriptor->io.assign(fd.get(), error);
  if (error)
    return Unavailable("UDP " + address.ToString() + ": " + error.message());
  fd.Release();
  return std::unique_ptr<UdpSocket>(new UdpSocket(std::move(descriptor)));
}

UdpSocket::~UdpSocket() {
  descriptor_->events = nullptr;
  ErrorCode ignored;
  descriptor_->io.close(ignored);
}

void UdpSocket::SetEvents(DatagramEvents* events) {
  descriptor_->events = events;
  if (events != nullptr) descriptor_->AwaitReadable();
}

bool UdpSocket::Send(const Path& path, std::span<const uint8_t> bytes,
                     size_t segment, Ecn ecn) {
  Descriptor& d = *descriptor_;
  if (d.batches || segment >= bytes.size()) {
    switch (d.SendOne(path, bytes, segment, ecn)) {
      case Descriptor::Sent::kYes:
        return true;
      case Descriptor::Sent::kFull:
        d.AwaitWritable();
        return false;
      case Descriptor::Sent::kNoBatches:
        d.batches = false;
        break;
    }
  }
  for (size_t at = 0; at < bytes.size(); at += segment) {
    size_t n = std::min(segment, bytes.size() - at);
    if (d.SendOne(path, bytes.subspan(at, n), n, ecn) !=
        Descriptor::Sent::kFull) {
      continue;
    }
    d.AwaitWritable();
    // Once some have left, the rest counts as lost.
    return at > 0;
  }
  return true;
}

const Address& UdpSocket::local() const { return descriptor_->local; }
int UdpSocket::receive_buffer() const { return descriptor_->receive_buffer; }
int UdpSocket::send_buffer() const { return descriptor_->send_buffer; }
uint64_t UdpSocket::overflows() const { return descriptor_->overflows; }
bool UdpSocket::batches_sends() const { return descriptor_->batches; }

}  // namespace herald::net
