// SPDX-License-Identifier: Apache-2.0
//
// The demo's planner: an agent that hands its documents to `summarizer`, made
// with herald::Client. It knows no peer, no site and no address but its own
// sidecar's (HERALD_SOCKET). What it shall hand over comes on stdin, a line
// each:
//
//   LABELS PURPOSE FILE     labels with commas; "-" for no label or purpose
//
// and for each it says, on one line, tabs between:
//
//   outcome status peer milliseconds call-id text
//
// where text is the summary's first sentence, or why there is none.
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "herald/client.h"

namespace {

using Clock = std::chrono::steady_clock;

// Tabs and line breaks would end the field.
std::string OneLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  for (char& c : text) {
    if (c == '\t' || c == '\n' || c == '\r') c = ' ';
  }
  return text;
}

std::string Join(const std::vector<std::string>& parts) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : ", ") + part;
  return out;
}

// Why a call was refused, in one line.
std::string Reason(const herald::Reply& reply) {
  const herald::Problem& problem = reply.problem;
  std::string out = problem.detail;
  if (!problem.rules.empty()) out += " | rules: " + Join(problem.rules);
  if (!problem.nearest_peer.empty()) {
    out += " | nearest: " + problem.nearest_peer + " (" +
           Join(problem.nearest_failed) + ")";
  }
  return out;
}

bool ReadFile(const std::string& path, std::string* text) {
  std::ifstream file(path, std::ios::binary);
  text->assign(std::istreambuf_iterator<char>(file), {});
  return file.good() || file.eof();
}

void Summarize(herald::Client& client, const std::string& line) {
  std::istringstream words(line);
  std::string labels, purpose, path, text;
  words >> labels >> purpose >> path;
  if (!ReadFile(path, &text)) {
    std::printf("unreadable\t0\t\t0\t\t%s\n", path.c_str());
    return;
  }
  herald::CallOptions options;
  options.path = "/summarize";
  options.content_type = "text/plain";
  options.timeout = std::chrono::seconds(10);
  if (purpose != "-") options.purpose = purpose;
  std::istringstream list(labels == "-" ? "" : labels);
  for (std::string label; std::getline(list, label, ',');) {
    options.labels.push_back(label);
  }
  Clock::time_point begin = Clock::now();
  herald::Reply reply = client.Call("summarizer", text, options);
  std::chrono::duration<double, std::milli> spent = Clock::now() - begin;
  std::printf("%s\t%d\t%s\t%.1f\t%s\t%s\n",
              std::string(herald::ToString(reply.outcome)).c_str(),
              reply.status, reply.peer.c_str(), spent.count(),
              reply.call_id.c_str(),
              OneLine(reply.ok() ? reply.body : Reason(reply)).c_str());
}

}  // namespace

int main() {
  herald::Client client;
  for (std::string line; std::getline(std::cin, line);) {
    Summarize(client, line);
    std::fflush(stdout);
  }
  return 0;
}
