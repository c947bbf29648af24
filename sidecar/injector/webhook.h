// SPDX-License-Identifier: Apache-2.0
//
// The webhook over HTTP, without a socket: POST /mutate and /validate from an
// API server, GET /livez, /readyz and /metrics from a kubelet and Prometheus.
// Whoever assembles the process opens an acceptor with this as its handler;
// TLS is the acceptor's.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "core/base/event_loop.h"
#include "core/base/log.h"
#include "core/base/metrics.h"
#include "sidecar/call/origin.h"
#include "sidecar/injector/review.h"
#include "sidecar/injector/settings.h"

namespace herald::injector {

// Owned by whoever assembles the process; outlives the acceptor it serves;
// borrows all it is given. One thread.
class Webhook final : public call::CallHandler {
 public:
  Webhook(EventLoop& loop, Log& log, Metrics& metrics, Settings settings);
  ~Webhook() override;

  // For reviews from now on.
  void Replace(Settings settings) { settings_ = std::move(settings); }

  void OnCall(const call::Origin& origin, http::RequestHead head,
              std::unique_ptr<http::Stream> stream, bool end) override;

 private:
  class Visit;
  struct Page {
    int status = 200;
    std::string content_type = "text/plain; charset=utf-8";
    std::string body;
  };
  Page Answer(const std::string& method, std::string_view path,
              const std::string& body);
  Page Review(bool mutates, const std::string& body);
  AdmissionAnswer Judge(bool mutates, const AdmissionRequest& request);
  void Count(bool mutates, const char* result);
  // Once the running function has returned.
  void Forget(uint64_t id);

  EventLoop& loop_;
  Log& log_;
  Metrics& metrics_;
  Settings settings_;
  std::map<uint64_t, std::unique_ptr<Visit>> visits_;
  uint64_t last_visit_ = 0;
  std::shared_ptr<Webhook*> self_;  // null in it when we are gone
};

}  // namespace herald::injector
