// SPDX-License-Identifier: Apache-2.0
#include "herald/client.h"

#include <cstdlib>
#include <future>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sdk/src/fake_sidecar.h"
#include "sdk/src/request.h"

namespace herald {
namespace {

using sdk::Answer;
using sdk::FakeSidecar;
using sdk::RawSocket;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// A message that has protobuf's two methods; the SDK asks for no more.
struct FakeMessage {
  std::string text;
  bool SerializeToString(std::string* out) const {
    *out = "m:" + text;
    return text != "unwritable";
  }
  bool ParseFromArray(const void* bytes, int size) {
    std::string all(static_cast<const char*>(bytes), static_cast<size_t>(size));
    if (all.substr(0, 2) != "m:") return false;
    text = all.substr(2);
    return true;
  }
};

ClientOptions To(const FakeSidecar& sidecar) {
  ClientOptions options;
  options.sidecar = sidecar.address();
  return options;
}

constexpr char kDenied[] =
    R"({"type":"https://herald.dev/problems/denied","title":"Denied",)"
    R"("status":403,"detail":"no permit for personal","callId":"c1",)"
    R"("agent":"summarizer","rules":["gdpr/eea"],)"
    R"("nearest":{"peer":"us","failed":["country US is not in EEA"]}})";

TEST(ClientTest, SendsTheCallAndGivesTheAnswer) {
  std::string request;
  Reply reply;
  {
    FakeSidecar sidecar([&](RawSocket& socket) {
      request = sdk::Lowered(socket.ReadMessage());
      socket.Write(
          Answer(200, "herald-call-id: c1\r\nHerald-Peer: fra\r\n", "short"));
    });
    Client client(To(sidecar));
    CallOptions options;
    options.path = "/summarize?n=2";
    options.labels = {"personal", "public"};
    options.purpose = "support";
    options.parent = "handle";
    options.timeout = std::chrono::seconds(60);
    options.headers = {{"X-Mine", "yes"}};
    reply = client.Call("summarizer", "a long text", options);
  }
  EXPECT_TRUE(reply.ok()) << reply.problem.detail;
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, "short");
  EXPECT_EQ(reply.call_id, "c1");
  EXPECT_EQ(reply.peer, "fra");
  EXPECT_THAT(request, StartsWith("post /summarize?n=2 http/1.1\r\n"));
  for (const char* line :
       {"host: summarizer.herald", "herald-agent: summarizer",
        "herald-labels: personal,public", "herald-purpose: support",
        "herald-call: handle", "herald-timeout: 60000ms", "x-mine: yes"}) {
    EXPECT_THAT(request, HasSubstr(std::string(line) + "\r\n"));
  }
  EXPECT_THAT(request, HasSubstr("\r\n\r\na long text"));
}

TEST(ClientTest, UsesOneConnectionForCallsInTurn) {
  FakeSidecar sidecar([](RawSocket& socket) {
    while (!socket.ReadMessage().empty()) socket.Write(Answer(200, "", "x"));
  });
  {
    Client client(To(sidecar));
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(client.Call("a", "b").ok());
  }
  EXPECT_EQ(sidecar.connections(), 1);
}

TEST(ClientTest, TakesANewConnectionWhenTheIdleOneWasClosed) {
  FakeSidecar sidecar([](RawSocket& socket) {
    socket.ReadMessage();
    socket.Write(Answer(200, "", "x"));
  });
  Client client(To(sidecar));
  CallOptions options;
  options.idempotent = true;
  EXPECT_TRUE(client.Call("a", "b", options).ok());
  EXPECT_TRUE(client.Call("a", "b", options).ok());
  EXPECT_EQ(sidecar.connections(), 2);
}

TEST(ClientTest, TellsADenialWithItsRulesAndTheNearestPeer) {
  FakeSidecar sidecar([](RawSocket& socket) {
    socket.ReadMessage();
    socket.Write(
        Answer(403, "content-type: application/problem+json\r\n", kDenied));
  });
  Reply reply = Client(To(sidecar)).Call("summarizer", "text");
  EXPECT_EQ(reply.outcome, Outcome::kDenied);
  EXPECT_EQ(reply.problem.detail, "no permit for personal");
  EXPECT_THAT(reply.problem.rules, ElementsAre("gdpr/eea"));
  EXPECT_EQ(reply.problem.nearest_peer, "us");
  EXPECT_THAT(reply.problem.nearest_failed,
              ElementsAre("country US is not in EEA"));
}

TEST(ClientTest, TakesAnAgentsOwnProblemForTheAgentsError) {
  FakeSidecar sidecar([](RawSocket& socket) {
    socket.ReadMessage();
    socket.Write(Answer(404, "content-type: application/problem+json\r\n",
                        R"({"type":"about:denied","detail":"no such page"})"));
  });
  Reply reply = Client(To(sidecar)).Call("summarizer", "text");
  EXPECT_EQ(reply.outcome, Outcome::kAgentError);
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.problem.detail, "no such page");
}

TEST(ClientTest, SaysUnknownWhenTheConnectionEndsWithoutAnAnswer) {
  FakeSidecar sidecar([](RawSocket& socket) { socket.ReadMessage(); });
  Reply reply = Client(To(sidecar)).Call("a", "b");
  EXPECT_EQ(reply.outcome, Outcome::kOutcomeUnknown);
  EXPECT_EQ(sidecar.connections(), 1) << "it must not be sent twice";
}

TEST(ClientTest, SaysUnknownWhenTheAnswerIsCutShort) {
  FakeSidecar sidecar([](RawSocket& socket) {
    socket.ReadMessage();
    socket.Write("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
  });
  Reply reply = Client(To(sidecar)).Call("a", "b");
  EXPECT_EQ(reply.outcome, Outcome::kOutcomeUnknown);
}

TEST(ClientTest, EndsAtItsDeadlineWhateverTheSidecarDoes) {
  FakeSidecar sidecar([](RawSocket& socket) {
    socket.ReadMessage();
    socket.ReadToEnd();  // until the client gives up
  });
  CallOptions options;
  options.timeout = std::chrono::milliseconds(20);
  Reply reply = Client(To(sidecar)).Call("a", "b", options);
  EXPECT_EQ(reply.outcome, Outcome::kDeadline);
}

TEST(ClientTest, SaysWhereNoSidecarIs) {
  std::string gone;
  {
    FakeSidecar sidecar([](RawSocket&) {});
    gone = sidecar.address();
  }
  ClientOptions options;
  options.sidecar = gone;
  Reply reply = Client(options).Call("a", "b");
  EXPECT_EQ(reply.outcome, Outcome::kSidecarUnreachable);
  EXPECT_THAT(reply.problem.detail, HasSubstr(gone));
}

TEST(ClientTest, FindsItsSidecarByTheEnvironment) {
  setenv("HERALD_SOCKET", "/tmp/some/agents.sock", 1);
  EXPECT_EQ(Client().sidecar(), "unix:/tmp/some/agents.sock");
  setenv("HERALD_SOCKET", "127.0.0.1:4711", 1);
  EXPECT_EQ(Client().sidecar(), "127.0.0.1:4711");
  setenv("HERALD_SOCKET", "nonsense", 1);
  Reply reply = Client().Call("a", "b");
  EXPECT_EQ(reply.outcome, Outcome::kSidecarUnreachable);
  EXPECT_THAT(reply.problem.detail, HasSubstr("HERALD_SOCKET"));
  unsetenv("HERALD_SOCKET");
}

TEST(ClientTest, RefusesWhatWouldSmuggleAHeader) {
  ClientOptions nowhere;
  nowhere.sidecar = "127.0.0.1:1";
  Client client(nowhere);
  CallOptions options;
  options.purpose = "x\r\nherald-labels: public";
  EXPECT_EQ(client.Call("a", "b", options).outcome, Outcome::kBadRequest);
  options = {};
  options.headers = {{"transfer-encoding", "chunked"}};
  EXPECT_EQ(client.Call("a", "b", options).outcome, Outcome::kBadRequest);
  options = {};
  options.path = "/a b";
  EXPECT_EQ(client.Call("a", "b", options).outcome, Outcome::kBadRequest);
  options = {};
  options.labels = {"public,personal"};
  EXPECT_EQ(client.Call("a", "b", options).outcome, Outcome::kBadRequest);
  EXPECT_EQ(client.Call("no such name", "b").outcome, Outcome::kBadRequest);
}

TEST(ClientTest, CarriesMessagesOfProtobufsShape) {
  FakeSidecar sidecar([](RawSocket& socket) {
    std::string request = socket.ReadMessage();
    EXPECT_THAT(request, HasSubstr("application/x-protobuf"));
    EXPECT_THAT(request, HasSubstr("\r\n\r\nm:question"));
    socket.Write(Answer(200, "", "m:answer"));
  });
  Client client(To(sidecar));
  MessageReply<FakeMessage> reply =
      client.Call<FakeMessage>("a", FakeMessage{"question"});
  EXPECT_TRUE(reply.ok());
  EXPECT_EQ(reply.message.text, "answer");
}

TEST(ClientTest, SaysWhenTheAnswerIsNotTheMessageAskedFor) {
  FakeSidecar sidecar([](RawSocket& socket) {
    socket.ReadMessage();
    socket.Write(Answer(200, "", "<html>"));
  });
  Client client(To(sidecar));
  EXPECT_EQ(client.Call<FakeMessage>("a", FakeMessage{"q"}).outcome,
            Outcome::kBadReply);
  EXPECT_EQ(client.Call<FakeMessage>("a", FakeMessage{"unwritable"}).outcome,
            Outcome::kBadRequest);
}

TEST(ClientTest, BoundsTheAnswerItKeeps) {
  FakeSidecar sidecar([](RawSocket& socket) {
    socket.ReadMessage();
    socket.Write(Answer(200, "", std::string(1001, 'x')));
  });
  ClientOptions options = To(sidecar);
  options.max_reply_bytes = 1000;
  EXPECT_EQ(Client(options).Call("a", "b").outcome, Outcome::kBadReply);
}

TEST(ClientTest, FindsAgentsByNameSkillAndTag) {
  FakeSidecar sidecar([](RawSocket& socket) {
    while (true) {
      std::string request = socket.ReadMessage();
      if (request.empty()) return;
      EXPECT_THAT(request, StartsWith("GET /.herald/agents HTTP/1.1\r\n"));
      socket.Write(Answer(200, "", R"({"agents":[
          {"name":"summarizer","skills":["summarize"],"tags":["text"],"x":1},
          {"name":"painter","skills":["paint"],
           "peers":[{"name":"us","country":"US"},{"name":"x"}]}]})"));
    }
  });
  Client client(To(sidecar));
  EXPECT_EQ(client.Find().agents.size(), 2u);
  ASSERT_EQ(client.Find({"", "paint", ""}).agents.size(), 1u);
  Agent painter = client.Find({"", "paint", ""}).agents[0];
  EXPECT_EQ(painter.name, "painter");
  ASSERT_EQ(painter.peers.size(), 2u);
  EXPECT_EQ(painter.peers[0].country, "US");
  EXPECT_EQ(client.Find({"", "", "text"}).agents.size(), 1u);
  AgentList none = client.Find({"painter", "", "text"});
  EXPECT_TRUE(none.ok());
  EXPECT_TRUE(none.agents.empty());
}

TEST(StreamTest, GivesEachPieceAsItComes) {
  FakeSidecar sidecar([](RawSocket& socket) {
    std::string head = socket.ReadHead();
    EXPECT_THAT(sdk::Lowered(head), HasSubstr("transfer-encoding: chunked"));
    EXPECT_EQ(socket.ReadBytes(8), "3\r\none\r\n");
    // The second piece is sent only after the answer to the first was read.
    socket.Write(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nONE\r\n");
    EXPECT_EQ(socket.ReadBytes(8), "3\r\ntwo\r\n");
    socket.Write("3\r\nTWO\r\n");
    EXPECT_EQ(socket.ReadBytes(5), "0\r\n\r\n");
    socket.Write("0\r\n\r\n");
  });
  std::unique_ptr<Stream> stream = Client(To(sidecar)).Open("a");
  EXPECT_TRUE(stream->Write("one"));
  EXPECT_EQ(stream->WaitStatus(), 200);
  EXPECT_EQ(stream->Read(), "ONE");
  EXPECT_TRUE(stream->Write("two"));
  EXPECT_EQ(stream->Read(), "TWO");
  EXPECT_TRUE(stream->CloseWrite());
  EXPECT_EQ(stream->Read(), std::nullopt);
  EXPECT_TRUE(stream->reply().ok()) << stream->reply().problem.detail;
}

TEST(StreamTest, ReadsServerSentEventsOneByOne) {
  FakeSidecar sidecar([](RawSocket& socket) {
    socket.ReadHead();
    std::string text = "data: first\n\nevent: done\ndata: a\ndata: b\n\n";
    socket.Write(Answer(200, "content-type: text/event-stream\r\n", text));
  });
  CallOptions options;
  options.method = "GET";
  std::unique_ptr<Stream> stream = Client(To(sidecar)).Open("a", options);
  std::optional<Event> event = stream->ReadEvent();
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->name, "message");
  EXPECT_EQ(event->data, "first");
  event = stream->ReadEvent();
  ASSERT_TRUE(event.has_value());
  EXPECT_EQ(event->name, "done");
  EXPECT_EQ(event->data, "a\nb");
  EXPECT_FALSE(stream->ReadEvent().has_value());
  EXPECT_TRUE(stream->reply().ok());
}

TEST(StreamTest, TellsADenialInsteadOfPieces) {
  FakeSidecar sidecar([](RawSocket& socket) {
    socket.ReadHead();
    socket.Write(
        Answer(403, "content-type: application/problem+json\r\n", kDenied));
    socket.ReadToEnd();
  });
  std::unique_ptr<Stream> stream = Client(To(sidecar)).Open("a");
  stream->CloseWrite();
  EXPECT_EQ(stream->Read(), std::nullopt);
  EXPECT_EQ(stream->reply().outcome, Outcome::kDenied);
  EXPECT_THAT(stream->reply().problem.rules, ElementsAre("gdpr/eea"));
}

TEST(StreamTest, IsCancelledFromAnotherThread) {
  std::promise<void> answered;
  std::string rest = "unset";
  {
    FakeSidecar sidecar([&](RawSocket& socket) {
      socket.ReadHead();
      socket.Write(
          "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n");
      answered.set_value();
      rest = socket.ReadToEnd();
    });
    std::unique_ptr<Stream> stream = Client(To(sidecar)).Open("a");
    EXPECT_EQ(stream->Read(), "x");
    std::thread canceller([&] {
      answered.get_future().wait();
      stream->Cancel();
    });
    EXPECT_EQ(stream->Read(), std::nullopt);
    canceller.join();
    EXPECT_EQ(stream->reply().outcome, Outcome::kCancelled);
  }
  EXPECT_THAT(rest, Not(HasSubstr("0\r\n\r\n"))) << "no clean end was sent";
}

}  // namespace
}  // namespace herald
