// SPDX-License-Identifier: Apache-2.0
//
// The demo's summarizer: an agent like any other, made with herald::Server.
//
//   herald_demo_summarizer 127.0.0.1:0
//
// POST /summarize?sentences=2 takes a text and gives its key sentences. PUT
// /demo/slowness takes milliseconds that every later summary waits, which is
// how the demo makes a site slow. Says "listening ADDRESS", and ends with its
// stdin, so that no demo leaves it behind.
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "examples/demo/key_sentences.h"
#include "herald/server.h"

namespace {

constexpr size_t kMaxText = 1u << 20;

size_t WantedSentences(const std::string& path) {
  constexpr std::string_view kKey = "sentences=";
  size_t at = path.find(kKey);
  if (at == std::string::npos) return 1;
  long wanted = std::strtol(path.c_str() + at + kKey.size(), nullptr, 10);
  return static_cast<size_t>(std::clamp(wanted, 1L, 20L));
}

void Summarize(herald::InboundCall& call, std::chrono::milliseconds slowness) {
  std::string text = call.ReadAll(kMaxText);
  if (call.WaitCancelled(slowness)) return;
  std::string summary;
  for (const std::string& sentence :
       herald::demo::KeySentences(text, WantedSentences(call.path()))) {
    summary += sentence + "\n";
  }
  call.Respond(summary);
}

void AwaitEndOfInput() {
  char ignored[256];
  while (read(STDIN_FILENO, ignored, sizeof ignored) > 0) {
  }
}

}  // namespace

int main(int argc, char** argv) {
  herald::ServerOptions options;
  if (argc > 1) options.address = argv[1];
  std::atomic<long> slowness_ms = 0;
  herald::Server server(options);
  server.Handle("summarize", [&](herald::InboundCall& call) {
    Summarize(call, std::chrono::milliseconds(slowness_ms));
  });
  server.Handle("PUT", "/demo/slowness", [&](herald::InboundCall& call) {
    slowness_ms = std::clamp(std::strtol(call.ReadAll(16).c_str(), nullptr, 10),
                             0L, 60'000L);
    call.Respond("ok\n");
  });
  std::string error;
  if (!server.Start(&error)) {
    std::fprintf(stderr, "summarizer: %s\n", error.c_str());
    return 3;
  }
  std::printf("listening %s\n", server.address().c_str());
  std::fflush(stdout);
  AwaitEndOfInput();
  server.Stop(std::chrono::seconds(2));
  return 0;
}
