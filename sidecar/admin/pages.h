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
//   GET  /route?agent=A   JSON: where a call would go, and why
//   GET  /policy/status   JSON: which policy is in force, since when, from
//   where POST /policy/rollback JSON in, JSON out: an earlier policy, until
//   files
//                         change
//   POST /drain           JSON out: callers go elsewhere from now on
//   GET  /decisions/ID    JSON: what is remembered of the decisions on a call
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

// Who asks for what.
struct Question {
  std::string_view method;
  std::string_view path;
  std::string_view body;
  bool local = false;        // from this machine
  bool from_a_page = false;  // some web page's script or form sends it
  std::string_view query;    // what stood behind the path's '?'; Get splits it
};

// Owned by the server; borrows both.
class Pages {
 public:
  // kHealth: /livez, /readyz and /metrics, for a listener that others reach.
  enum class Which { kAll, kHealth };

  Pages(AdminSource& source, Metrics& metrics, Which which = Which::kAll)
      : source_(source), metrics_(metrics), which_(which) {}

  Answer Get(const Question& question);

 private:
  struct Page;
  std::span<const Page> All() const;
  const Page* Find(std::string_view path) const;
  Answer Unknown(std::string_view path) const;

  Answer Index(const Question& question);
  Answer Alive(const Question& question);
  Answer Ready(const Question& question);
  Answer MetricsText(const Question& question);
  Answer Peers(const Question& question);
  Answer Agents(const Question& question);
  Answer Discovery(const Question& question);
  Answer Config(const Question& question);
  Answer Policy(const Question& question);
  Answer Explain(const Question& question);
  Answer Route(const Question& question);
  Answer PolicyStatus(const Question& question);
  Answer Rollback(const Question& question);
  Answer Drain(const Question& question);
  Answer Decisions(const Question& question);

  AdminSource& source_;
  Metrics& metrics_;
  const Which which_;
};

}  // namespace herald::admin
