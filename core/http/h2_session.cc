// SPDX-License-Identifier: Apache-2.0
#include "core/http/h2_session.h"

#include <algorithm>
#include <string_view>

#include "core/base/check.h"
#include "core/http/h2_end.h"

namespace herald::http {
namespace {

// Windows of a connection, in windows of a stream: one stream that nobody
// reads leaves the others room, and a connection's memory stays bounded.
constexpr size_t kConnectionWindows = 16;

// An honest local agent that hedges cancels up to 200 streams a second; a
// rapid-reset attack (CVE-2023-44487) many thousands. nghttp2 counts with a
// clock of its own, in whole seconds.
constexpr uint64_t kResetBurst = 1000;
constexpr uint64_t kResetRate = 400;

// CONTINUATION frames of one head (CVE-2024-28182).
constexpr size_t kMaxContinuations = 8;

H2End& EndOf(void* user) { return *static_cast<H2End*>(user); }

std::string_view Bytes(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace

// The only door from the library to H2End.
struct H2Callbacks {
  static int BeginHeaders(nghttp2_session*, const nghttp2_frame* frame,
                          void* user) {
    EndOf(user).OnBeginHeaders(*frame);
    return 0;
  }

  // Fields that nghttp2 would skip for their form come here too: our
  // validator refuses them.
  static int Field(nghttp2_session*, const nghttp2_frame* frame,
                   const uint8_t* name, size_t name_size, const uint8_t* value,
                   size_t value_size, uint8_t, void* user) {
    EndOf(user).OnField(frame->hd.stream_id, Bytes(name, name_size),
                        Bytes(value, value_size));
    return 0;
  }

  static int InvalidField(nghttp2_session*, const nghttp2_frame* frame,
                          const uint8_t*, size_t, const uint8_t*, size_t,
                          uint8_t, void* user) {
    // Refused even where ours would let it pass: an empty name never does.
    EndOf(user).OnField(frame->hd.stream_id, {}, {});
    return 0;
  }

  static int FrameReceived(nghttp2_session*, const nghttp2_frame* frame,
                           void* user) {
    EndOf(user).OnFrame(*frame);
    return 0;
  }

  static int BodyReceived(nghttp2_session*, uint8_t, int32_t id,
                          const uint8_t* data, size_t size, void* user) {
    EndOf(user).OnBody(id, Bytes(data, size));
    return 0;
  }

  static int FrameSent(nghttp2_session*, const nghttp2_frame* frame,
                       void* user) {
    EndOf(user).OnFrameSent(*frame);
    return 0;
  }

  static int FrameNotSent(nghttp2_session*, const nghttp2_frame* frame, int,
                          void* user) {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      EndOf(user).OnClosed(frame->hd.stream_id, NGHTTP2_CANCEL);
    } else {
      EndOf(user).OnHeadersUnsent(frame->hd.stream_id);
    }
    return 0;
  }

  static int StreamClosed(nghttp2_session*, int32_t id, uint32_t code,
                          void* user) {
    EndOf(user).OnClosed(id, code);
    return 0;
  }

  static nghttp2_ssize ReadBody(nghttp2_session*, int32_t id, uint8_t*,
                                size_t length, uint32_t* flags,
                                nghttp2_data_source*, void* user) {
    H2Exchange* exchange = EndOf(user).Find(id);
    HERALD_CHECK(exchange != nullptr, "an open stream is in the table");
    return EndOf(user).ReadBody(*exchange, length, *flags);
  }

  static int WriteBody(nghttp2_session*, nghttp2_frame* frame,
                       const uint8_t* frame_head, size_t length,
                       nghttp2_data_source*, void* user) {
    EndOf(user).WriteBody(frame->hd.stream_id, frame_head, length);
    return 0;
  }
};

namespace {

nghttp2_session_callbacks* MakeCallbacks() {
  nghttp2_session_callbacks* all = nullptr;
  HERALD_CHECK(nghttp2_session_callbacks_new(&all) == 0, "memory");
  nghttp2_session_callbacks_set_on_begin_headers_callback(
      all, H2Callbacks::BeginHeaders);
  nghttp2_session_callbacks_set_on_header_callback(all, H2Callbacks::Field);
  nghttp2_session_callbacks_set_on_invalid_header_callback(
      all, H2Callbacks::InvalidField);
  nghttp2_session_callbacks_set_on_frame_recv_callback(
      all, H2Callbacks::FrameReceived);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
      all, H2Callbacks::BodyReceived);
  nghttp2_session_callbacks_set_on_frame_send_callback(all,
                                                       H2Callbacks::FrameSent);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(
      all, H2Callbacks::FrameNotSent);
  nghttp2_session_callbacks_set_on_stream_close_callback(
      all, H2Callbacks::StreamClosed);
  nghttp2_session_callbacks_set_send_data_callback(all, H2Callbacks::WriteBody);
  return all;
}

nghttp2_option* MakeOptions() {
  nghttp2_option* option = nullptr;
  HERALD_CHECK(nghttp2_option_new(&option) == 0, "memory");
  nghttp2_option_set_no_auto_window_update(option, 1);
  nghttp2_option_set_stream_reset_rate_limit(option, kResetBurst, kResetRate);
  nghttp2_option_set_max_continuations(option, kMaxContinuations);
  nghttp2_option_set_no_closed_streams(option, 1);
  return option;
}

void SubmitSettings(nghttp2_session* session, bool server,
                    const Limits& limits) {
  auto bounded = [](size_t n) {
    return static_cast<uint32_t>(std::min<size_t>(n, INT32_MAX));
  };
  nghttp2_settings_entry entries[] = {
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, bounded(limits.body_window)},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, bounded(limits.header_bytes)},
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, bounded(limits.streams)},
  };
  if (!server) entries[2] = {NGHTTP2_SETTINGS_ENABLE_PUSH, 0};
  int error = nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, entries,
                                      std::size(entries));
  HERALD_CHECK(error == 0, "the settings are valid");
  int32_t window = static_cast<int32_t>(
      bounded(std::max<size_t>(limits.body_window * kConnectionWindows,
                               NGHTTP2_INITIAL_CONNECTION_WINDOW_SIZE)));
  error = nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0,
                                                window);
  HERALD_CHECK(error == 0, "the window is valid");
}

}  // namespace

nghttp2_session* MakeH2Session(bool server, const Limits& limits, H2End* end) {
  nghttp2_session_callbacks* callbacks = MakeCallbacks();
  nghttp2_option* option = MakeOptions();
  nghttp2_session* session = nullptr;
  int error =
      server ? nghttp2_session_server_new2(&session, callbacks, end, option)
             : nghttp2_session_client_new2(&session, callbacks, end, option);
  HERALD_CHECK(error == 0, "memory");
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(callbacks);
  SubmitSettings(session, server, limits);
  return session;
}

nghttp2_data_provider2 H2BodySource() {
  nghttp2_data_provider2 source{};
  source.read_callback = H2Callbacks::ReadBody;
  return source;
}

}  // namespace herald::http
