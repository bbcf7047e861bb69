// Orders of administrators, carried out by the Director's own thread.

#include "backends/director.h"

#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>

#include <doctest/doctest.h>

#include "sticky_bench.h"

using namespace postern;

namespace {

struct Office {
  Office() {
    std::string name =
        (std::filesystem::temp_directory_path() / "postern-XXXXXX").string();
    folder = mkdtemp(name.data());
    options.moves.kick_delay_ms = 1;
  }
  ~Office() {
    director.reset();  // its file's thread works in the folder
    std::filesystem::remove_all(folder);
  }

  void open(bool with_state = true) {
    director = std::make_unique<Director>();
    PoolOptions wanted;
    wanted.name = "stores";
    wanted.sticky = true;
    wanted.backends = {{{"a", 0}}, {{"b", 0}}};
    pool = *Pool::make(wanted, &director->memory());
    wanted.name = "turns";
    wanted.sticky = false;
    director->adopt(options,
                    {{"stores", pool},
                     {"turns", *Pool::make(wanted, &director->memory())}});
    director->start(with_state ? state() : "",
                    [this](const KickOrder& order) { kicked = order; });
  }
  // The next process.
  void reopen() {
    pool.reset();
    director.reset();
    open();
  }

  std::string state() const { return folder + "/state.db"; }
  std::string read(const std::string& name) const {
    std::ifstream file(folder + "/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::string script(const std::string& body) const {
    const std::string path = folder + "/script";
    std::ofstream(path) << "#!/bin/sh\n" << body << "\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }

  // "" if it was carried out and saved, else why not.
  template <class Call>
  static std::string answer(Call call) {
    std::promise<std::string> said;
    call([&said](const Result<Receipt>& receipt) {
      said.set_value(receipt ? receipt->not_saved : receipt.error().text);
    });
    return said.get_future().get();
  }
  std::string move(const std::string& user, const std::string& to,
                   const std::string& from_pool = "stores") {
    return answer([&](Director::Answer tell) {
      director->move_user(from_pool, user, to, std::move(tell));
    });
  }
  std::string home(const std::string& user) {
    const Pick pick = pool->peek({user, 0});
    return pick.backend ? pick.backend->state().name() : pick.why;
  }

  std::string folder;
  DirectorOptions options;
  KickOrder kicked;
  std::unique_ptr<Director> director;
  std::shared_ptr<Pool> pool;
};

}  // namespace

TEST_CASE("a move is saved, and outlives the process") {
  Office office;
  office.open();
  CHECK(office.move("Alice", "b") == "");
  CHECK(office.move("alice", "b") == "");  // is there already
  CHECK(office.home("ALICE") == "b");
  office.reopen();
  CHECK(office.home("alice") == "b");
  const auto rows = load_state(office.state());
  REQUIRE(rows);
  REQUIRE(rows->size() == 1);  // nothing is under way
  CHECK(rows->front().to == "b");
  CHECK(Office::answer([&](Director::Answer tell) {
          office.director->unpin_user("stores", "alice", std::move(tell));
        }) == "");
  CHECK(Office::answer([&](Director::Answer tell) {
          office.director->unpin_user("stores", "alice", std::move(tell));
        }) == "there is no override for alice");
  CHECK(load_state(office.state())->empty());
}

TEST_CASE("without a state file a move is in force all the same") {
  Office office;
  office.open(false);
  CHECK(office.move("alice", "b") == "there is no state_file");
  CHECK(office.home("alice") == "b");
}

TEST_CASE("moves that make no sense are refused") {
  Office office;
  office.open(false);
  CHECK(office.move("alice", "b", "none") == "there is no pool none");
  CHECK(office.move("alice", "b", "turns") ==
        "pool turns is not sticky: its users live nowhere");
  CHECK(office.move("alice", "x") == "pool stores has no backend x");
  office.pool->find("b")->state().set_health(false, "no greeting");
  CHECK(office.move("alice", "b") == "b is down: no greeting");
}

TEST_CASE("the script is told who moves from where to where") {
  Office office;
  office.options.moves.script =
      office.script("echo \"$1,$2,$3,$#\" > " + office.folder + "/said");
  office.open();
  CHECK(office.move("al'ice; x", "b") == "");
  CHECK(office.read("said") == "al'ice; x,,b,3\n");
}

TEST_CASE("a script that fails or hangs stops no move") {
  for (const char* body : {"exit 3", "sleep 1000"}) {
    Office office;
    office.options.moves.script = office.script(body);
    office.options.moves.script_ms = 50;
    office.open();
    CHECK(office.move("alice", "b") == "");
    CHECK(office.home("alice") == "b");
  }
}

TEST_CASE("sessions that do not end call a move off, and more must wait") {
  Office office;
  office.options.moves.timeout_ms = 300;
  office.options.moves.most = 1;
  office.open();
  Loop loop;
  TestGuest guest(loop);
  const Pick there = office.pool->pick({"alice", 0}, guest.stay);
  REQUIRE(guest.confirm());
  const std::string from = there.backend->state().name();
  const std::string to = from == "a" ? "b" : "a";
  std::promise<std::string> first;
  office.director->move_user(
      "stores", "alice", to, [&](const Result<Receipt>& receipt) {
        first.set_value(receipt ? "moved" : receipt.error().text);
      });
  CHECK(office.move("bob", "a") ==
        "1 moves are under way, max_user_moves allows no more");
  CHECK(first.get_future().get() == "the user's sessions did not end in time");
  CHECK(office.home("alice") == from);
  CHECK(guest.stay.use_count() == 1);
  guest.leave(0);
}

TEST_CASE("what is said of a backend outlives the process") {
  Office office;
  office.open();
  const auto machine = [&](const char* name) {
    return office.director->roster().state_of("stores", {name, 0});
  };
  CHECK(Office::answer([&](Director::Answer tell) {
          office.director->set_weight(machine("a"), 7, std::move(tell));
        }) == "");
  CHECK(Office::answer([&](Director::Answer tell) {
          office.director->drain(machine("a"), Drain::Leave, 5,
                                 std::move(tell));
        }) == "");
  CHECK(office.kicked.backend == "a");
  CHECK(office.kicked.spread_ms == 5);
  CHECK(Office::answer([&](Director::Answer tell) {
          office.director->take_down(machine("b"), true, 0, std::move(tell));
        }) == "");
  office.reopen();
  CHECK(machine("a")->weight() == 7);
  CHECK(machine("a")->drain() == Drain::Leave);
  CHECK(machine("b")->taken_down());
  for (const char* name : {"a", "b"})
    CHECK(Office::answer([&](Director::Answer tell) {
            office.director->put_up(machine(name), std::move(tell));
          }) == "");
  office.reopen();
  CHECK(machine("a")->weight() == 7);
  CHECK(machine("a")->drain() == Drain::No);
  CHECK_FALSE(machine("b")->taken_down());
}
