// SPDX-License-Identifier: Apache-2.0
#include "core/net/http_client.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <thread>

#include "core/net/fd.h"
#include "tests/support/temporary_folder.h"

namespace herald::net {
namespace {

using ::testing::HasSubstr;

// A server of one connection, on a thread of its own since Fetch blocks: it
// reads until it has seen `until`, then writes `answer`.
class Server {
 public:
  Server(std::string until, std::string answer)
      : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    Address any = *Address::Parse("127.0.0.1:0");
    EXPECT_EQ(bind(listener_.get(), any.get(), any.length()), 0);
    EXPECT_EQ(listen(listener_.get(), 1), 0);
    thread_ = std::thread([this, until, answer] { Serve(until, answer); });
  }
  ~Server() { Join(); }
  Address address() const {
    sockaddr_storage storage = {};
    socklen_t length = sizeof storage;
    auto* plain = reinterpret_cast<sockaddr*>(&storage);
    getsockname(listener_.get(), plain, &length);
    return Address::FromSockaddr(plain, length);
  }
  // What it heard, once it is through.
  const std::string& heard() {
    Join();
    return heard_;
  }

 private:
  void Serve(const std::string& until, const std::string& answer) {
    UniqueFd fd(accept(listener_.get(), nullptr, nullptr));
    char buffer[65536];
    while (heard_.find(until) == std::string::npos) {
      ssize_t n = read(fd.get(), buffer, sizeof buffer);
      if (n <= 0) return;
      heard_.append(buffer, static_cast<size_t>(n));
    }
    size_t written = 0;
    while (written < answer.size()) {
      ssize_t n = send(fd.get(), answer.data() + written,
                       answer.size() - written, MSG_NOSIGNAL);
      if (n <= 0) return;
      written += static_cast<size_t>(n);
    }
  }
  void Join() {
    if (thread_.joinable()) thread_.join();
  }

  UniqueFd listener_;
  std::string heard_;
  std::thread thread_;
};

FetchRequest Get(const Address& to, const std::string& path) {
  FetchRequest request;
  request.to = to;
  request.head.method = "GET";
  request.head.path = path;
  return request;
}

TEST(HttpClientTest, AsksAndCollectsTheAnswer) {
  Server server("\r\n\r\n",
                "HTTP/1.1 404 Not Found\r\ncontent-length: 4\r\n\r\nnone");
  auto response = Fetch(Get(server.address(), "/peers"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->head.status, 404);
  EXPECT_EQ(response->body, "none");
  EXPECT_THAT(server.heard(), HasSubstr("GET /peers HTTP/1.1\r\n"));
  EXPECT_THAT(server.heard(), HasSubstr(server.address().ToString()));
}

TEST(HttpClientTest, SendsABodyWithItsLength) {
  Server server("question", "HTTP/1.1 204 No Content\r\n\r\n");
  FetchRequest request = Get(server.address(), "/policy/explain");
  request.head.method = "POST";
  request.body = "question";
  ASSERT_TRUE(Fetch(std::move(request)).ok());
  EXPECT_THAT(server.heard(), HasSubstr("content-length: 8\r\n"));
}

TEST(HttpClientTest, HandsOnPiecesAsTheyCome) {
  Server server("\r\n\r\n",
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
                "3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n");
  FetchRequest request = Get(server.address(), "/");
  std::string printed;
  int status = 0;
  request.on_head = [&](const http::ResponseHead& head) {
    status = head.status;
  };
  request.on_body = [&](std::string_view piece) { printed += piece; };
  auto response = Fetch(std::move(request));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(status, 200);
  EXPECT_EQ(printed, "onetwo");
  EXPECT_EQ(response->body, "");
}

TEST(HttpClientTest, AnAnswerLargerThanTheWindowIsReadToItsEnd) {
  std::string large(3 << 20, 'x');
  Server server("\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: " +
                                std::to_string(large.size()) + "\r\n\r\n" +
                                large);
  auto response = Fetch(Get(server.address(), "/"));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->body.size(), large.size());
}

TEST(HttpClientTest, UploadsAFileAsItIsRead) {
  test::TemporaryFolder folder;
  std::string text = std::string(1 << 20, 'x') + "the end";
  UniqueFd file(open(folder.Write("document", text).c_str(), 0));
  Server server("the end\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n");
  FetchRequest request = Get(server.address(), "/");
  request.head.method = "POST";
  request.body_fd = file.get();
  auto response = Fetch(std::move(request));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_THAT(server.heard(), HasSubstr("transfer-encoding: chunked"));
}

TEST(HttpClientTest, UploadsAPipeToItsEnd) {
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  UniqueFd reading(fds[0]), writing(fds[1]);
  ASSERT_EQ(write(writing.get(), "from a pipe", 11), 11);
  writing.Reset();
  Server server("from a pipe\r\n0\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n");
  FetchRequest request = Get(server.address(), "/");
  request.head.method = "POST";
  request.body_fd = reading.get();
  EXPECT_TRUE(Fetch(std::move(request)).ok());
}

TEST(HttpClientTest, NobodyThereNamesTheAddress) {
  Address address;
  {
    UniqueFd taken(socket(AF_INET, SOCK_STREAM, 0));
    Address any = *Address::Parse("127.0.0.1:0");
    bind(taken.get(), any.get(), any.length());
    sockaddr_storage storage = {};
    socklen_t length = sizeof storage;
    auto* plain = reinterpret_cast<sockaddr*>(&storage);
    getsockname(taken.get(), plain, &length);
    address = Address::FromSockaddr(plain, length);
  }
  auto response = Fetch(Get(address, "/"));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.status().code(), StatusCode::kUnavailable);
  EXPECT_THAT(Message(response.status()), HasSubstr(address.ToString()));
}

TEST(HttpClientTest, ASilentServerRunsIntoTheDeadline) {
  UniqueFd silent(socket(AF_INET, SOCK_STREAM, 0));
  Address any = *Address::Parse("127.0.0.1:0");
  ASSERT_EQ(bind(silent.get(), any.get(), any.length()), 0);
  ASSERT_EQ(listen(silent.get(), 1), 0);
  sockaddr_storage storage = {};
  socklen_t length = sizeof storage;
  auto* plain = reinterpret_cast<sockaddr*>(&storage);
  getsockname(silent.get(), plain, &length);
  FetchRequest request = Get(Address::FromSockaddr(plain, length), "/");
  request.timeout = std::chrono::milliseconds(20);
  auto response = Fetch(std::move(request));
  ASSERT_FALSE(response.ok());
  EXPECT_EQ(response.status().code(), StatusCode::kDeadlineExceeded);
}

TEST(HttpClientTest, AnAnswerCutShortIsAnError) {
  Server server("\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ncut");
  EXPECT_FALSE(Fetch(Get(server.address(), "/")).ok());
}

TEST(HttpClientTest, SomethingElseThanHttpIsAnError) {
  Server server("\r\n\r\n", "220 mail.example ESMTP\r\n");
  EXPECT_FALSE(Fetch(Get(server.address(), "/")).ok());
}

}  // namespace
}  // namespace herald::net
