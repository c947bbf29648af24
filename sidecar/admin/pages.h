// SPDX-License-Identifier: Apache-2.0
//
// The admin pages, without a socket: a question in, an answer out.
//
//   GET  /                what there is, with a live table of peers, for people
//   GET  /livez           200 while the process turns its loop
//   GET  /readyz          200, or 503 with the reasons
//   GET  /metrics         Prometheus text
//   GET  /peers           JSON
//   GET  /agents          JSON
//   GET  /config          the configuration in force
//   GET  /policy          the policies in force
//   POST /policy/explain  JSON in, JSON out: why a call would be permitted
//
// HEAD is answered wherever GET is.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/base/metrics.h"
#include "sidecar/admin/admin_source.h"

namespace herald::admin {

struct Answer {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::string allow;  // with 405: the methods that are
};

// Owned by the server; borrows both.
class Pages {
 public:
  Pages(AdminSource& source, Metrics& metrics)
      : source_(source), metrics_(metrics) {}

  // `path` may have a query, which nothing here needs.
  Answer Get(std::string_view method, std::string_view path,
             std::string_view body);

 private:
  struct Page;
  static std::span<const Page> All();
  static const Page* Find(std::string_view path);
  static Answer Unknown(std::string_view path);

  Answer Index(std::string_view body);
  Answer Alive(std::string_view body);
  Answer Ready(std::string_view body);
  Answer MetricsText(std::string_view body);
  Answer Peers(std::string_view body);
  Answer Agents(std::string_view body);
  Answer Discovery(std::string_view body);
  Answer Config(std::string_view body);
  Answer Policy(std::string_view body);
  Answer Explain(std::string_view body);

  AdminSource& source_;
  Metrics& metrics_;
};

}  // namespace herald::admin
