// SPDX-License-Identifier: Apache-2.0
//
// The writing half of Connection: what goes into the next batch of datagrams,
// and how long they may be.
#include <algorithm>

#include "sidecar/transport/connection.h"
#include "sidecar/transport/detector.h"

namespace herald::transport {
namespace {

constexpr size_t kVectors = 16;
// A packet this close to full is filled up, so that a batch stays a batch:
// GSO wants equal segments.
constexpr size_t kNearlyFull = 64;

}  // namespace

// The longest datagram to be sent now. A silent peer gets short ones, until it
// is heard: they pass where long ones may vanish.
size_t Connection::LongestNow(size_t path, Time now) {
  size_t cap = path_size_.Cap(path, now);
  if (!silent_since_ || path <= kLeastPath) return std::min(cap, path);
  RttSample rtt = Rtt();
  Duration timeout =
      ProbeTimeout(rtt.smoothed, rtt.variation, options_.max_ack_delay);
  path_size_.Judge(path, timeout, now);
  // When ngtcp2's own timer has rung, to a millisecond.
  if (now - *silent_since_ >= timeout - std::chrono::milliseconds(1)) {
    return kLeastPath;
  }
  return std::min(path_size_.Cap(path, now), path);
}

// One batch of about `first.size` bytes; below the path's own length one
// datagram, since ngtcp2 makes batches of that length alone. It gets the whole
// buffer: with less it would never probe whether the path carries more.
ngtcp2_ssize Connection::Fill(std::span<uint8_t> buffer, size_t longest,
                              size_t& segment, const Room& first) {
  const size_t path = ngtcp2_conn_get_path_max_tx_udp_payload_size2(conn_);
  if (longest < path) {
    Room room = first;
    room.size = longest;
    ngtcp2_ssize n = WritePacket(room);
    segment = n > 0 ? static_cast<size_t>(n) : 0;
    return n;
  }
  constexpr size_t kMaxSegments = 64;  // UDP_MAX_SEGMENTS of older kernels
  const size_t packets = std::clamp<size_t>(first.size / path, 1, kMaxSegments);
  return ngtcp2_conn_write_aggregate_pkt2(
      conn_, first.path, first.info, buffer.data(), buffer.size(), &segment,
      [](ngtcp2_conn*, ngtcp2_path* to, ngtcp2_pkt_info* pi, uint8_t* dest,
         size_t size, ngtcp2_tstamp ts, void* self) {
        return static_cast<Connection*>(self)->WritePacket(
            {to, pi, dest, size, ts});
      },
      packets, first.now);
}

Outgoing Connection::Pull(std::span<uint8_t> buffer, Time now) {
  if (farewell_) return PullClose(buffer, now);
  if (state_ != State::kOpen) return {};
  uint64_t stamp = Stamp(now);
  OnProgress(now);
  size_t least = ngtcp2_conn_get_path_max_tx_udp_payload_size2(conn_);
  size_t quantum = ngtcp2_conn_get_send_quantum2(conn_);
  size_t room = std::clamp(quantum, least, kBatchSize);
  size_t longest = LongestNow(least, now);
  if (longest < least) room = least = longest;
  ngtcp2_path_storage path;
  ngtcp2_path_storage_zero(&path);
  ngtcp2_pkt_info info = {};
  size_t segment = 0;
  ngtcp2_ssize n = Fill(buffer.first(kBatchSize), longest, segment,
                        {&path.path, &info, buffer.data(), room, stamp});
  // Pacing spreads what is larger than a batch. Where all there was left at
  // once it would only set a timer for a few microseconds hence, a wake-up
  // for nothing with every call.
  bool more = n > 0 && static_cast<size_t>(n) + least > room;
  if (more) ngtcp2_conn_update_pkt_tx_time(conn_, stamp);
  pacing_ = more;
  if (n < 0) {
    Fail(static_cast<int>(n));
    return farewell_ ? PullClose(buffer, now) : Outgoing{};
  }
  OnProgress(now);
  if (n == 0) return {};
  return {static_cast<size_t>(n), segment, static_cast<net::Ecn>(info.ecn),
          Along(path.path)};
}

// The path that ngtcp2 chose; the usual one where it says nothing.
net::Path Connection::Along(const ngtcp2_path& chosen) const {
  const auto& [local, remote, unused] = chosen;
  if (remote.addrlen == 0) return path_;
  return {Address::FromSockaddr(local.addr, local.addrlen),
          Address::FromSockaddr(remote.addr, remote.addrlen)};
}

// Puts waiting datagrams before the streams' bytes. True: `result` is the
// packet's, which is full or cannot be sent now.
bool Connection::WriteDatagrams(const Room& room, ngtcp2_ssize& result) {
  if (!handshake_done_) return false;
  while (true) {
    std::span<const uint8_t> next = datagrams_.NextDatagram();
    if (next.empty()) return false;
    if (next.size() > DatagramRoom()) {  // the peer would close for it
      datagrams_.OnDatagramWritten();
      continue;
    }
    int accepted = 0;
    result = ngtcp2_conn_write_datagram(
        conn_, room.path, room.info, room.to, room.size, &accepted,
        NGTCP2_WRITE_DATAGRAM_FLAG_MORE, 0, next.data(), next.size(), room.now);
    if (accepted != 0) datagrams_.OnDatagramWritten();
    if (result != NGTCP2_ERR_WRITE_MORE) return true;
  }
}

ngtcp2_ssize Connection::WritePacket(const Room& room) {
  size_t packed = 0;
  ngtcp2_ssize result = 0;
  const size_t full =
      std::min(room.size, ngtcp2_conn_get_path_max_tx_udp_payload_size2(conn_));
  if (WriteDatagrams(room, result)) return result;
  ngtcp2_vec vectors[kVectors];
  while (true) {
    ConnectionUser::Output out;
    // While the connection's window is shut no stream is asked, so that none
    // is marked as blocked: nothing would unblock it again.
    if (ngtcp2_conn_get_max_data_left2(conn_) > 0 &&
        !user_.NextOutput(out, vectors, kVectors)) {
      return NGTCP2_ERR_CALLBACK_FAILURE;
    }
    size_t offered = packed;
    for (size_t i = 0; i < out.count; ++i) offered += vectors[i].len;
    uint32_t flags = NGTCP2_WRITE_STREAM_FLAG_MORE;
    if (out.fin) flags |= NGTCP2_WRITE_STREAM_FLAG_FIN;
    if (offered + kNearlyFull >= full) {
      flags |= NGTCP2_WRITE_STREAM_FLAG_PADDING;
    }
    ngtcp2_ssize taken = -1;
    ngtcp2_ssize n = ngtcp2_conn_writev_stream(
        conn_, room.path, room.info, room.to, room.size, &taken, flags,
        out.stream, vectors, out.count, room.now);
    if (taken >= 0) {
      packed += static_cast<size_t>(taken);
      if (!user_.OnWritten(out.stream, static_cast<size_t>(taken))) {
        return NGTCP2_ERR_CALLBACK_FAILURE;
      }
    }
    if (n == NGTCP2_ERR_WRITE_MORE) continue;
    if (n == NGTCP2_ERR_STREAM_DATA_BLOCKED) {
      user_.OnBlocked(out.stream);
      continue;
    }
    if (n == NGTCP2_ERR_STREAM_SHUT_WR || n == NGTCP2_ERR_STREAM_NOT_FOUND) {
      user_.OnShutForWriting(out.stream);
      continue;
    }
    return n;
  }
}

Outgoing Connection::PullClose(std::span<uint8_t> buffer, Time now) {
  farewell_ = false;
  state_ = State::kOver;
  ngtcp2_path_storage path;
  ngtcp2_path_storage_zero(&path);
  ngtcp2_pkt_info info = {};
  ngtcp2_ssize n = ngtcp2_conn_write_connection_close(
      conn_, &path.path, &info, buffer.data(),
      ngtcp2_conn_get_path_max_tx_udp_payload_size2(conn_), &close_,
      Stamp(now));
  if (n <= 0) return {};
  size_t size = static_cast<size_t>(n);
  return {size, size, static_cast<net::Ecn>(info.ecn), path_};
}

}  // namespace herald::transport
