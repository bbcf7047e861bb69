#include "proxy/admin/caller.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <doctest/doctest.h>

using namespace postern;

namespace {

// Keeps the answers until the test gives them.
struct Room final : Caller::Host {
  Loop loop;
  std::vector<std::string> asked;
  std::vector<std::shared_ptr<Answer>> answers;
  bool answers_at_once = false;
  std::unique_ptr<Caller> caller;
  int client = -1;

  Room() {
    int fds[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    client = fds[1];
    caller = Caller::make(*this, loop, fds[0]);
    REQUIRE(caller);
  }
  ~Room() {
    if (client >= 0) close(client);
  }
  Room(const Room&) = delete;
  Room& operator=(const Room&) = delete;

  void on_request(const Caller&, std::vector<std::string>,
                  const std::string& line,
                  std::shared_ptr<Answer> answer) override {
    asked.push_back(line);
    if (answers_at_once) return answer->ok(line);
    answers.push_back(std::move(answer));
  }
  void on_left(Caller&) override { loop.bury(std::move(caller)); }

  void say(std::string_view bytes) const {
    REQUIRE(write(client, bytes.data(), bytes.size()) ==
            static_cast<ssize_t>(bytes.size()));
  }

  // What the client can read after a few turns of the loop.
  std::string hear() {
    for (int i = 0; i < 5; ++i) {
      loop.post([] {});
      loop.run_once();
    }
    std::string all(1 << 20, '\0');
    const ssize_t size = read(client, all.data(), all.size());
    all.resize(size > 0 ? static_cast<size_t>(size) : 0);
    return all;
  }
};

}  // namespace

TEST_CASE("a client is greeted and answered, one request after the other") {
  Room room;
  CHECK(room.hear().starts_with("postern-control 1 "));
  room.say("one\ntwo\nthree\n");
  CHECK(room.hear().empty());
  CHECK(room.asked == std::vector<std::string>{"one"});
  room.answers[0]->ok("first");
  CHECK(room.hear() == "ok first\n");
  CHECK(room.asked.size() == 2);
  room.answers[1]->fail(Trouble::Refused, "no");
  room.answers[2]->ok();
  CHECK(room.hear() == "error refused no\nok\n");
}

TEST_CASE("a client that hangs up behind its requests gets the answers") {
  Room room;
  room.answers_at_once = true;
  room.say("one\ntwo\n");
  shutdown(room.client, SHUT_WR);
  const std::string heard = room.hear();
  CHECK(heard.ends_with("ok one\nok two\n"));
  CHECK(room.caller == nullptr);
}

TEST_CASE("what was asked for goes on without the client") {
  Room room;
  room.say("one\n");
  room.hear();
  close(std::exchange(room.client, -1));
  std::string told;
  room.answers[0]->on_finish(
      [&](std::string_view, std::string_view text) { told = text; });
  // Nothing is read while it is at work: writing shows that nobody is there.
  room.answers[0]->row({uint64_t{1}});
  for (int i = 0; i < 5; ++i) {
    room.loop.post([] {});
    room.loop.run_once();
  }
  CHECK(room.answers[0]->gone());
  room.answers[0]->ok("done");
  CHECK(told == "done");
}

TEST_CASE("nonsense is answered once, and the client sent away") {
  Room room;
  room.say("who \"\nstatus\n");
  CHECK(room.hear().ends_with("error usage \"a closing quote is missing\"\n"));
  CHECK(room.asked.empty());
  CHECK(room.caller == nullptr);
}

TEST_CASE("there may be no room") {
  Room room;
  room.caller->turn_away();
  CHECK(room.hear().ends_with(
      "error busy \"too many clients, try again later\"\n"));
  CHECK(room.caller == nullptr);
}

TEST_CASE("requests of a client that does not read are not taken") {
  Room room;
  room.answers_at_once = true;
  std::string many;
  const std::string request = std::string(1000, 'x') + "\n";
  for (int i = 0; i < 100; ++i)
    many += request;
  size_t said = 0;
  for (int turn = 0; turn < 200; ++turn) {
    const ssize_t size = write(room.client, many.data(), many.size());
    if (size > 0) said += static_cast<size_t>(size);
    room.loop.post([] {});
    room.loop.run_once();
  }
  CHECK(room.asked.size() < 2000);
  const size_t before = room.asked.size();
  while (!room.hear().empty()) {}
  CHECK(room.asked.size() > before);
  (void)said;
}
