// SPDX-License-Identifier: Apache-2.0
#include "sidecar/admin/pages.h"

#include <span>

#include "sidecar/admin/index_html.h"

namespace herald::admin {
namespace {

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

}  // namespace

struct Pages::Page {
  std::string_view path;
  std::string_view method;  // GET answers HEAD too
  std::string_view what;
  Answer (Pages::*answer)(std::string_view body);
};

std::span<const Pages::Page> Pages::All() {
  static constexpr Page kAll[] = {
      {"/", "GET", "this list", &Pages::Index},
      {"/livez", "GET", "does the process live", &Pages::Alive},
      {"/readyz", "GET", "may calls come here", &Pages::Ready},
      {"/metrics", "GET", "Prometheus text", &Pages::MetricsText},
      {"/peers", "GET", "peers and how they fare, JSON", &Pages::Peers},
      {"/agents", "GET", "agents that can be called, JSON", &Pages::Agents},
      {"/discovery", "GET", "where peers come from, and what is wrong there",
       &Pages::Discovery},
      {"/config", "GET", "the configuration in force", &Pages::Config},
      {"/policy", "GET", "the policies in force", &Pages::Policy},
      {"/policy/explain", "POST", "why a call would be permitted, JSON",
       &Pages::Explain},
  };
  return kAll;
}

const Pages::Page* Pages::Find(std::string_view path) {
  for (const Page& page : All()) {
    if (page.path == path) return &page;
  }
  return nullptr;
}

Answer Pages::Get(std::string_view method, std::string_view path,
                  std::string_view body) {
  const Page* page = Find(path.substr(0, path.find('?')));
  if (page == nullptr) return Unknown(path);
  if (method == "HEAD") method = "GET";
  if (method == page->method) return (this->*page->answer)(body);
  std::string allow(page->method);
  if (allow == "GET") allow += ", HEAD";
  return {.status = 405,
          .body = std::string(page->path) + " takes " + allow + "\n",
          .allow = allow};
}

Answer Pages::Unknown(std::string_view path) {
  Answer answer{.status = 404,
                .body = "there is no " + std::string(path) + "; there are\n"};
  for (const Page& page : All()) {
    answer.body.append(page.method).append(" ").append(page.path);
    answer.body.append("  ").append(page.what).append("\n");
  }
  return answer;
}

Answer Pages::Index(std::string_view) {
  std::string list;
  for (const Page& page : All()) {
    std::string path(page.path);
    bool link = page.method == "GET";
    list += "<li>" + (link ? "<a href=\"" + path + "\">" + path + "</a>"
                           : std::string(page.method) + " " + path);
    list += " <span>" + std::string(page.what) + "</span></li>\n";
  }
  return {.content_type = "text/html; charset=utf-8", .body = IndexHtml(list)};
}

Answer Pages::Alive(std::string_view) { return {.body = "alive\n"}; }

Answer Pages::Ready(std::string_view) {
  auto reasons = source_.NotReadyBecause();
  if (reasons.empty()) return {.body = "ready\n"};
  Answer answer{.status = 503};
  for (const std::string& reason : reasons) answer.body += reason + "\n";
  return answer;
}

Answer Pages::MetricsText(std::string_view) {
  return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
          .body = metrics_.RenderText()};
}

Answer Pages::Peers(std::string_view) { return Json(source_.Peers()); }

Answer Pages::Agents(std::string_view) { return Json(source_.Agents()); }

Answer Pages::Discovery(std::string_view) { return Json(source_.Discovery()); }

Answer Pages::Config(std::string_view) {
  Document document = source_.Config();
  return {.content_type = document.content_type, .body = document.text};
}

Answer Pages::Policy(std::string_view) {
  Document document = source_.Policy();
  return {.content_type = document.content_type, .body = document.text};
}

Answer Pages::Explain(std::string_view body) {
  auto question = json::Parse(body);
  if (!question) {
    return Problem(400, "unusable question", "the body is not JSON");
  }
  Explanation explanation = source_.Explain(*question);
  if (explanation.understood) return Json(explanation.value);
  Answer answer = Json(explanation.value, 400);
  answer.content_type = "application/problem+json";
  return answer;
}

}  // namespace herald::admin
