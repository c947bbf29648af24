// SPDX-License-Identifier: Apache-2.0
#include "herald/server.h"

#include <sys/stat.h>
#include <unistd.h>

#include <future>
#include <stdexcept>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "herald/client.h"
#include "sdk/src/fake_sidecar.h"

namespace herald {
namespace {

using sdk::RawSocket;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::chrono::milliseconds kGrace{5000};

class ServerTest : public ::testing::Test {
 protected:
  void Start() {
    std::string error;
    ASSERT_TRUE(server_.Start(&error)) << error;
  }
  // The server stands in for the sidecar too: what the client says reaches it
  // as it is.
  Client MakeClient() {
    ClientOptions options;
    options.sidecar = server_.address();
    return Client(options);
  }
  std::string Exchange(std::string_view request) {
    RawSocket socket(RawSocket::Dial(server_.address()));
    socket.Write(request);
    return socket.ReadMessage();
  }

  Server server_;
};

TEST_F(ServerTest, AnswersByMethodAndPath) {
  server_.Handle("GET", "/a", [](InboundCall& call) { call.Respond("got"); });
  server_.Handle("POST", "/a", [](InboundCall& call) {
    call.Respond("posted " + call.ReadAll());
  });
  server_.Handle("by-name", [](InboundCall& call) { call.Respond("named"); });
  Start();
  Client client = MakeClient();
  CallOptions options;
  options.path = "/a?q=1";
  EXPECT_EQ(client.Call("x", "text", options).body, "posted text");
  options.method = "GET";
  EXPECT_EQ(client.Call("x", "", options).body, "got");
  options.method = "DELETE";
  EXPECT_EQ(client.Call("x", "", options).status, 405);
  options = {};
  options.path = "/by-name";
  EXPECT_EQ(client.Call("x", "", options).body, "named");
  options.path = "/nowhere";
  EXPECT_EQ(client.Call("x", "", options).status, 404);
}

TEST_F(ServerTest, ShowsTheCallerItsLabelsAndHandle) {
  server_.Handle("POST", "/", [](InboundCall& call) {
    EXPECT_EQ(call.caller(), "spiffe://acme.example/agent/planner");
    EXPECT_THAT(call.labels(), ElementsAre("personal", "public"));
    CallOptions onward;
    onward.on_behalf_of(call);
    call.Respond(onward.parent);
  });
  Start();
  EXPECT_THAT(Exchange("POST / HTTP/1.1\r\nhost: a\r\n"
                       "herald-caller: spiffe://acme.example/agent/planner\r\n"
                       "herald-labels: personal, public\r\n"
                       "herald-call: h1\r\ncontent-length: 0\r\n\r\n"),
              HasSubstr("\r\n\r\nh1"));
}

TEST_F(ServerTest, StreamsBothWays) {
  server_.Handle("POST", "/", [](InboundCall& call) {
    while (std::optional<std::string> piece = call.Read()) {
      call.Write("<" + *piece + ">");
    }
  });
  Start();
  Client client = MakeClient();
  std::unique_ptr<Stream> stream = client.Open("x");
  ASSERT_TRUE(stream->Write("one"));
  EXPECT_EQ(stream->Read(), "<one>");
  ASSERT_TRUE(stream->Write("two"));
  EXPECT_EQ(stream->Read(), "<two>");
  stream->CloseWrite();
  EXPECT_EQ(stream->Read(), std::nullopt);
  EXPECT_TRUE(stream->reply().ok()) << stream->reply().problem.detail;
}

TEST_F(ServerTest, SendsEvents) {
  server_.Handle("GET", "/", [](InboundCall& call) {
    call.WriteEvent("one\ntwo", "lines");
    call.WriteEvent("last");
  });
  Start();
  Client client = MakeClient();
  CallOptions options;
  options.method = "GET";
  std::unique_ptr<Stream> stream = client.Open("x", options);
  std::optional<Event> event = stream->ReadEvent();
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->name, "lines");
  EXPECT_EQ(event->data, "one\ntwo");
  EXPECT_EQ(FindHeader(stream->reply().headers, "content-type"),
            "text/event-stream");
  event = stream->ReadEvent();
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->data, "last");
  EXPECT_FALSE(stream->ReadEvent().has_value());
}

TEST_F(ServerTest, CarriesABodyLargerThanItsWindows) {
  server_.Handle("POST", "/",
                 [](InboundCall& call) { call.Respond(call.ReadAll()); });
  Start();
  std::string large(3u << 20, 'x');
  large += "end";
  Client client = MakeClient();
  Reply reply = client.Call("x", large);
  ASSERT_TRUE(reply.ok()) << reply.problem.detail;
  EXPECT_TRUE(reply.body == large);
}

TEST_F(ServerTest, AnswersFourThirteenToABodyAboveTheBound) {
  server_.Handle("POST", "/", [](InboundCall& call) { call.ReadAll(10); });
  Start();
  Client client = MakeClient();
  EXPECT_EQ(client.Call("x", "eleven byte").status, 413);
  EXPECT_EQ(client.Call("x", "ten bytes.").status, 204);
}

TEST_F(ServerTest, LetsTheHandlerSeeThatTheCallerIsGone) {
  std::promise<bool> seen;
  server_.Handle("POST", "/", [&](InboundCall& call) {
    call.Write("x");
    seen.set_value(call.WaitCancelled(std::chrono::seconds(60)));
  });
  Start();
  Client client = MakeClient();
  std::unique_ptr<Stream> stream = client.Open("x");
  EXPECT_EQ(stream->Read(), "x");
  stream.reset();
  EXPECT_TRUE(seen.get_future().get());
}

TEST_F(ServerTest, AnswersFiveHundredForAHandlerThatThrows) {
  server_.Handle("POST", "/",
                 [](InboundCall&) { throw std::runtime_error("bad day"); });
  Start();
  EXPECT_EQ(MakeClient().Call("x", "y").status, 500);
}

TEST_F(ServerTest, LetsTheCallerSeeAnAbortedAnswer) {
  server_.Handle("POST", "/", [](InboundCall& call) {
    call.Write("half");
    call.Abort();
  });
  Start();
  EXPECT_EQ(MakeClient().Call("x", "y").outcome, Outcome::kOutcomeUnknown);
}

TEST_F(ServerTest, ServesCallsAtTheSameTime) {
  // Each handler waits for the other to have begun.
  std::promise<void> first, second;
  std::shared_future<void> first_begun = first.get_future().share();
  std::shared_future<void> second_begun = second.get_future().share();
  server_.Handle("first", [&](InboundCall& call) {
    first.set_value();
    second_begun.wait();
    call.Respond("1");
  });
  server_.Handle("second", [&](InboundCall& call) {
    second.set_value();
    first_begun.wait();
    call.Respond("2");
  });
  Start();
  Client client = MakeClient();
  std::future<Reply> other = std::async(std::launch::async, [&] {
    CallOptions options;
    options.path = "/second";
    return client.Call("x", "", options);
  });
  CallOptions options;
  options.path = "/first";
  EXPECT_EQ(client.Call("x", "", options).body, "1");
  EXPECT_EQ(other.get().body, "2");
}

TEST_F(ServerTest, KeepsMoreConnectionsThanItHasWorkers) {
  server_.Handle("POST", "/", [](InboundCall& call) { call.Respond("ok"); });
  Start();
  std::string request =
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n";
  std::vector<std::unique_ptr<RawSocket>> sockets;
  for (int i = 0; i < 20; ++i) {
    sockets.push_back(
        std::make_unique<RawSocket>(RawSocket::Dial(server_.address())));
  }
  for (int round = 0; round < 2; ++round) {
    for (auto& socket : sockets) {
      socket->Write(request);
      EXPECT_THAT(socket->ReadMessage(), StartsWith("HTTP/1.1 200"));
    }
  }
}

TEST_F(ServerTest, FinishesOpenCallsWhenItStops) {
  std::promise<void> begun, go_on;
  std::shared_future<void> told = go_on.get_future().share();
  server_.Handle("POST", "/", [&](InboundCall& call) {
    begun.set_value();
    told.wait();
    call.Respond("finished");
  });
  Start();
  Client client = MakeClient();
  std::future<Reply> reply =
      std::async(std::launch::async, [&] { return client.Call("x", "y"); });
  begun.get_future().wait();
  std::thread stopper([&] { server_.Stop(kGrace); });
  go_on.set_value();
  EXPECT_EQ(reply.get().body, "finished");
  stopper.join();
  EXPECT_EQ(client.Call("x", "y").outcome, Outcome::kSidecarUnreachable);
}

TEST_F(ServerTest, CancelsWhatDoesNotEndWithinTheGrace) {
  std::promise<void> begun;
  server_.Handle("POST", "/", [&](InboundCall& call) {
    begun.set_value();
    EXPECT_TRUE(call.WaitCancelled(std::chrono::seconds(60)));
  });
  Start();
  Client client = MakeClient();
  std::future<Reply> reply =
      std::async(std::launch::async, [&] { return client.Call("x", "y"); });
  begun.get_future().wait();
  server_.Stop(std::chrono::milliseconds(1));
  EXPECT_EQ(reply.get().outcome, Outcome::kOutcomeUnknown);
}

TEST_F(ServerTest, SaysWhenItsAddressIsTaken) {
  Start();
  ServerOptions options;
  options.address = server_.address();
  Server second(options);
  std::string error;
  EXPECT_FALSE(second.Start(&error));
  EXPECT_THAT(error, HasSubstr(server_.address()));
}

TEST(ServerUnixTest, ListensOnASocketOfItsOwnUser) {
  std::string path =
      ::testing::TempDir() + "herald_sdk_" + std::to_string(getpid());
  ServerOptions options;
  options.address = "unix:" + path;
  Server server(options);
  server.Handle("POST", "/", [](InboundCall& call) { call.Respond("hi"); });
  std::string error;
  ASSERT_TRUE(server.Start(&error)) << error;
  ClientOptions to;
  to.sidecar = path;
  EXPECT_EQ(Client(to).Call("x", "").body, "hi");
  struct stat info;
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
  server.Stop(kGrace);
  EXPECT_NE(stat(path.c_str(), &info), 0) << "the socket file stays behind";
}

}  // namespace
}  // namespace herald
