// SPDX-License-Identifier: Apache-2.0
#include "sidecar/admin/pages.h"

#include <algorithm>
#include <span>

#include "sidecar/admin/index_html.h"
#include "sidecar/admin/query.h"

namespace herald::admin {
namespace {

// Followed by the call's id.
constexpr std::string_view kDecisions = "/decisions/";

constexpr char kJson[] = "application/json";

Answer Json(const json::Value& value, int status = 200) {
  return {.status = status,
          .content_type = kJson,
          .body = json::Serialize(value) + "\n"};
}

Answer Problem(int status, const std::string& title,
               const std::string& detail) {
  json::Object problem;
  problem["type"] = "about:blank";
  problem["title"] = title;
  problem["status"] = status;
  problem["detail"] = detail;
  Answer answer = Json(problem, status);
  answer.content_type = "application/problem+json";
  return answer;
}

Answer Explained(const Explanation& explanation) {
  if (explanation.understood) return Json(explanation.value);
  Answer answer = Json(explanation.value, 400);
  answer.content_type = "application/problem+json";
  return answer;
}

Answer Told(const Change& change) {
  Answer answer = Json(change.value, change.status);
  if (change.status >= 400) answer.content_type = "application/problem+json";
  return answer;
}

}  // namespace

struct Pages::Page {
  std::string_view path;
  std::string_view method;  // GET answers HEAD too
  std::string_view what;
  Answer (Pages::*answer)(const Question& question);
};

std::span<const Pages::Page> Pages::All() const {
  // Those of kHealth first.
  static constexpr Page kAll[] = {
      {"/livez", "GET", "does the process live", &Pages::Alive},
      {"/readyz", "GET", "may calls come here", &Pages::Ready},
      {"/metrics", "GET", "Prometheus text", &Pages::MetricsText},
      {"/", "GET", "this list", &Pages::Index},
      {"/peers", "GET", "peers and how they fare, JSON", &Pages::Peers},
      {"/agents", "GET",
       "agents that can be called, JSON; ?skill=S&tag=T&country=DE&tier=Cloud",
       &Pages::Agents},
      {"/discovery", "GET", "where peers come from, and what is wrong there",
       &Pages::Discovery},
      {"/config", "GET", "the configuration in force", &Pages::Config},
      {"/policy", "GET", "the policies in force", &Pages::Policy},
      {"/policy/explain", "POST", "why a call would be permitted, JSON",
       &Pages::Explain},
      {"/route", "GET",
       "where a call would go and why, JSON; ?agent=A&label=L&purpose=P",
       &Pages::Route},
      {"/policy/status", "GET",
       "which policy is in force, since when, what is held, JSON",
       &Pages::PolicyStatus},
      {"/policy/rollback", "POST",
       "puts an earlier policy in force until the files change, JSON",
       &Pages::Rollback},
      {"/drain", "POST",
       "sends callers elsewhere and ends in order, but for our agents' own "
       "calls; a preStop hook",
       &Pages::Drain},
      {kDecisions, "GET", "what is remembered of the decisions on a call, JSON",
       &Pages::Decisions},
  };
  const std::span<const Page> all = kAll;
  return which_ == Which::kHealth ? all.first(3) : all;
}

const Pages::Page* Pages::Find(std::string_view path) const {
  for (const Page& page : All()) {
    if (page.path == path) return &page;
    if (page.path == kDecisions && path.size() > kDecisions.size() &&
        path.substr(0, kDecisions.size()) == kDecisions) {
      return &page;
    }
  }
  return nullptr;
}

Answer Pages::Get(const Question& question) {
  Question asked = question;
  const size_t mark = std::min(asked.path.find('?'), asked.path.size());
  asked.query = asked.path.substr(std::min(mark + 1, asked.path.size()));
  asked.path = asked.path.substr(0, mark);
  const Page* page = Find(asked.path);
  if (page == nullptr) return Unknown(question.path);
  if (asked.method == "HEAD") asked.method = "GET";
  if (asked.method == page->method) return (this->*page->answer)(asked);
  std::string allow(page->method);
  if (allow == "GET") allow += ", HEAD";
  return {.status = 405,
          .body = std::string(page->path) + " takes " + allow + "\n",
          .allow = allow};
}

Answer Pages::Unknown(std::string_view path) const {
  Answer answer{.status = 404,
                .body = "there is no " + std::string(path) + "; there are\n"};
  for (const Page& page : All()) {
    answer.body.append(page.method).append(" ").append(page.path);
    answer.body.append("  ").append(page.what).append("\n");
  }
  return answer;
}

Answer Pages::Index(const Question&) {
  std::string list;
  for (const Page& page : All()) {
    std::string path(page.path);
    bool link = page.method == "GET" && page.path != kDecisions;
    list += "<li>" + (link ? "<a href=\"" + path + "\">" + path + "</a>"
                           : std::string(page.method) + " " + path);
    list += " <span>" + std::string(page.what) + "</span></li>\n";
  }
  return {.content_type = "text/html; charset=utf-8", .body = IndexHtml(list)};
}

Answer Pages::Alive(const Question&) { return {.body = "alive\n"}; }

Answer Pages::Ready(const Question&) {
  auto reasons = source_.NotReadyBecause();
  if (reasons.empty()) {
    Answer answer{.body = "ready\n"};
    for (const auto& notice : source_.Notices()) answer.body += notice + "\n";
    return answer;
  }
  Answer answer{.status = 503};
  for (const std::string& reason : reasons) answer.body += reason + "\n";
  return answer;
}

Answer Pages::MetricsText(const Question&) {
  return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
          .body = metrics_.RenderText()};
}

Answer Pages::Peers(const Question&) { return Json(source_.Peers()); }

Answer Pages::Agents(const Question& question) {
  return Explained(source_.Agents(question.query));
}

Answer Pages::Discovery(const Question&) { return Json(source_.Discovery()); }

Answer Pages::Config(const Question&) {
  Document document = source_.Config();
  return {.content_type = document.content_type, .body = document.text};
}

Answer Pages::Policy(const Question&) {
  Document document = source_.Policy();
  return {.content_type = document.content_type, .body = document.text};
}

Answer Pages::Explain(const Question& question) {
  auto asked = json::Parse(question.body);
  if (!asked) {
    return Problem(400, "unusable question", "the body is not JSON");
  }
  return Explained(source_.Explain(*asked));
}

Answer Pages::Route(const Question& question) {
  auto asked = ParseRouteQuery(question.query);
  if (!asked.ok()) {
    return Problem(400, "unusable question",
                   std::string(Message(asked.status())));
  }
  return Explained(source_.Route(*asked));
}

Answer Pages::PolicyStatus(const Question&) {
  return Json(source_.PolicyStatus());
}

// A page of somebody else's, open in an operator's browser, reaches loopback
// too; what it sends bears its origin.
Answer Pages::Rollback(const Question& question) {
  if (question.from_a_page || !source_.MayChange(question.local)) {
    return Problem(403, "not from there",
                   question.from_a_page
                       ? "web pages may not change policy; use 'herald policy "
                         "rollback'"
                       : "only clients on this machine may change policy; see "
                         "listen.adminChanges");
  }
  std::string to;
  if (!question.body.empty()) {
    auto asked = json::Parse(question.body);
    if (!asked || !asked->is_object()) {
      return Problem(400, "unusable question",
                     "the body is no JSON object like {\"to\": \"3fa1b2c4\"}");
    }
    to = json::GetString(asked->get_object(), "to").value_or("");
  }
  return Told(source_.Rollback(to));
}

Answer Pages::Drain(const Question& question) {
  if (question.from_a_page || !source_.MayChange(question.local)) {
    return Problem(
        403, "not from there",
        question.from_a_page
            ? "web pages may not drain a sidecar; use 'herald drain'"
            : "only clients on this machine may drain a sidecar; see "
              "listen.adminChanges");
  }
  return Told(source_.Drain());
}

Answer Pages::Decisions(const Question& question) {
  std::string_view call =
      question.path.substr(std::min(kDecisions.size(), question.path.size()));
  json::Value lines = source_.Decisions(call);
  if (!lines.is_null()) return Json(lines);
  return Problem(404, "nothing remembered",
                 "no decision on this call is remembered here; the decision "
                 "log may have it: herald explain CALL-ID --log FILE");
}

}  // namespace herald::admin
