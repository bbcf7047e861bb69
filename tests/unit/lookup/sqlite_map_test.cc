// Real databases in real trouble.

#include "asking.h"
#include "writer.h"

using namespace postern;

namespace {

constexpr char kTable[] =
    "CREATE TABLE tblPerdition (user PRIMARY KEY, servername, port);";

// Perdition's table with a few users; returns the path.
std::string make_users(const TempDir& dir, const std::string& name = "users.db",
                       const std::string& server = "mail1") {
  std::string path = dir.path(name);
  Writer(path).run(kTable).run(
      "INSERT INTO tblPerdition VALUES ('u1', '" + server +
      "', NULL),"
      " ('u2', 'mail2', '143'), ('u3', 'x3@mail3:993', 143),"
      " ('u4', 'pool main', 110), ('u5', '::1', 143), ('u6', 'mail6', '')");
  return path;
}

MapOptions options(const std::string& path, const std::string& query = "") {
  return {
      .type = "sqlite", .argument = path, .query = query, .timeout_ms = 2000};
}

std::string open_error(const std::string& path, const std::string& query = "") {
  const auto map = open_map(options(path, query));
  REQUIRE_FALSE(map);
  CHECK(map.error().fault == Fault::Config);
  const std::string name = "sqlite " + path + ": ";
  REQUIRE(map.error().text.starts_with(name));
  return map.error().text.substr(name.size());
}

}  // namespace

TEST_CASE("sqlite: Perdition's table") {
  const TempDir dir;
  const auto map = open_good(options(make_users(dir)));
  CHECK(ask(*map, "u1") == "mail1");
  CHECK(ask(*map, "u2") == "mail2:143");
  CHECK(ask(*map, "u3") == "x3@mail3:993");  // what servername says stands
  CHECK(ask(*map, "u4") == "pool main");
  CHECK(ask(*map, "u5") == "[::1]:143");
  CHECK(ask(*map, "u6") == "mail6");
  CHECK(ask(*map, "nobody") == "-");
  CHECK(map->name() == "sqlite " + dir.path("users.db"));
  CHECK(map->slow());
}

TEST_CASE("sqlite: own queries, by their number of columns") {
  const TempDir dir;
  const std::string path = make_users(dir);
  const auto value = [&](const std::string& query, const std::string& key) {
    return ask(*open_good(options(path, query)), key);
  };
  CHECK(value("SELECT 'a@h:1' WHERE :key = 'u1'", "u1") == "a@h:1");
  CHECK(value("SELECT 'h', 25 WHERE ?1 = 'u1';\n", "u1") == "h:25");
  CHECK(value("SELECT 'h' WHERE ? = 'u1'", "u1") == "h");
  CHECK(value("SELECT user, servername, port FROM tblPerdition"
              " WHERE user = :key OR servername = ?1",
              "u2") == "u2@mail2:143");
  CHECK(value("SELECT user, servername, port FROM tblPerdition"
              " WHERE user = :key",
              "u3") == "x3@mail3:993");
  CHECK(value("SELECT NULL, 'pool p', 1 WHERE :key != ''", "u1") == "pool p");
  CHECK(value("SELECT 'u', 'pool p', 1 WHERE :key != ''", "u1") == "u@pool p");
}

TEST_CASE("sqlite: queries that cannot work are refused when opened") {
  const TempDir dir;
  const std::string path = make_users(dir);
  CHECK(open_error(path, "SELECT 1, 2, 3, :key") ==
        "the query must give 1 to 3 columns, not 4");
  CHECK(open_error(path, "SELECT 'mail'") == "the query does not ask for :key");
  CHECK(open_error(path, "SELECT :user, :key") ==
        "the query asks for :user; there is only :key (or ?1)");
  CHECK(open_error(path, "SELECT ?, ?") ==
        "the query asks for a second ?; there is only :key (or ?1)");
  CHECK(open_error(path, "SELECT :key; SELECT 1") ==
        "the query must be one SELECT");
  CHECK(open_error(path, " -- nothing") == "the query must be one SELECT");
  CHECK(open_error(path, "SELEC :key") == "near \"SELEC\": syntax error");
  CHECK(open_error(path, "SELECT host FROM tblPerdition WHERE user = :key") ==
        "no such column: host");
  CHECK(open_error(path,
                   "SELECT \"host\" FROM tblPerdition"
                   " WHERE user = :key") == "no such column: host");
}

TEST_CASE("sqlite: nothing but reading is allowed (T10.6)") {
  const TempDir dir;
  const std::string path = make_users(dir);
  for (const char* sql :
       {"DELETE FROM tblPerdition WHERE user = :key",
        "UPDATE tblPerdition SET port = :key", "PRAGMA query_only = 0",
        "ATTACH 'x.db' AS x", "CREATE TABLE x (y)", "BEGIN EXCLUSIVE"})
    CHECK_MESSAGE(open_error(path, sql) == "not authorized", sql);
  CHECK(ask(*open_good(options(path, "SELECT load_extension(:key)")), "x.so") ==
        "! not authorized");
  CHECK(ask(*open_good(options(path)), "u1") == "mail1");
}

TEST_CASE("sqlite: a database made to harm us does not (T10.6)") {
  const TempDir dir;
  const std::string path = dir.path("evil.db");
  Writer(path)
      .run(
          "CREATE VIEW tblPerdition AS SELECT 'u1' AS user,"
          " load_extension('/tmp/x.so') AS servername, 1 AS port")
      .run("CREATE TABLE big (user, servername, port)");
  CHECK(open_error(path).find("load_extension") != std::string::npos);
  Writer(path).run(
      "INSERT INTO big VALUES ('u1', hex(zeroblob(1000000)), NULL)");
  const auto map = open_good(
      options(path, "SELECT servername, port FROM big WHERE user = :key"));
  CHECK(ask(*map, "u1") == "! string or blob too big");
  CHECK(ask(*map, "u2") == "-");
}

TEST_CASE("sqlite: hostile keys are only keys (T10.1)") {
  const TempDir dir;
  const std::string path = make_users(dir);
  const auto map = open_good(options(path));
  for (const std::string& key :
       {std::string("x' OR '1'='1"), std::string("x\";DROP TABLE u;--"),
        std::string("\\'"), std::string("\xbf\x27 OR 1=1"),
        std::string("u1\0", 3), std::string("\0", 1), std::string("u1%"),
        std::string(1 << 20, 'u'), std::string(1 << 20, '\'')})
    CHECK(ask(*map, key) == "-");
  CHECK(ask(*map, "u1") == "mail1");
}

TEST_CASE("sqlite: rows that are no address are trouble (T10.7)") {
  const TempDir dir;
  const std::string path = dir.path("users.db");
  Writer writer(path);
  writer.run(kTable).run(
      "INSERT INTO tblPerdition VALUES"
      " ('crlf', '127.0.0.1:143' || char(13) || char(10) || 'X', NULL),"
      " ('v6', '[::1', NULL), ('zero', 'h', 0), ('high', 'h', '99999'),"
      " ('long', printf('%.*c', 5000, 'h'), NULL), ('null', NULL, 143),"
      " ('nul', 'h' || char(0) || 'x', 1), ('ok', 'h', 1)");
  const auto map = open_good(options(path));
  CHECK(ask(*map, "crlf") ==
        "! the row found has \"127.0.0.1:143\\x0d\\x0aX\""
        " is not [user@]host[:port] or pool NAME");
  CHECK(ask(*map, "zero") == "! the row found has the port \"0\"");
  CHECK(ask(*map, "high") == "! the row found has the port \"99999\"");
  CHECK(ask(*map, "null") == "! the row found has no servername");
  for (const char* bad : {"v6", "long", "nul"})
    CHECK(ask(*map, bad).starts_with("! the row found has \""));
  CHECK(ask(*map, "ok") == "h:1");
  const auto users = open_good(
      options(path, "SELECT 'a' || char(10), 'h', 1 WHERE :key = 'u'"));
  Loop loop;
  const auto answer = ask(loop, *users, "u");
  CHECK(words(answer) == "! the row found has the user \"a\\x0a\"");
  CHECK(answer.error().fault == Fault::Config);
}

TEST_CASE("sqlite: what is wrong with a database is told (T10.5)") {
  const TempDir dir;
  CHECK(open_error(dir.path("none.db")) == "No such file or directory");
  CHECK_FALSE(std::filesystem::exists(dir.path("none.db")));
  CHECK(open_error(dir.write("empty.db", "")) == "no such table: tblPerdition");
  CHECK(open_error(dir.write("garbage.db", std::string(4096, 'x'))) ==
        "file is not a database");
  Writer(dir.path("other.db"))
      .run("CREATE TABLE tblPerdition (user, host, port)");
  CHECK(open_error(dir.path("other.db")) == "no such column: servername");
}

TEST_CASE("sqlite: a damaged database is trouble, and heals (T10.5)") {
  const TempDir dir;
  const std::string path = dir.path("users.db");
  Writer(path).run(kTable).run(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
      " WHERE i < 2000) INSERT INTO tblPerdition SELECT 'u' || i, 'mail', 143"
      " FROM n");
  std::filesystem::copy_file(path, dir.path("good.db"));
  const auto map = open_good(options(path));
  CHECK(ask(*map, "u77") == "mail:143");

  // All but the first two pages overwritten in place.
  const auto size = std::filesystem::file_size(path);
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(8192);
  file << std::string(size - 8192, '\xa5') << std::flush;
  CHECK(ask(*map, "u77") == "! database disk image is malformed");
  std::filesystem::resize_file(path, 4096);
  CHECK(ask(*map, "u77").starts_with("! "));

  std::filesystem::rename(dir.path("good.db"), path);
  CHECK(ask(*map, "u77") == "mail:143");
}

TEST_CASE("sqlite: a database that vanishes is trouble until it is back") {
  const TempDir dir;
  const std::string path = make_users(dir);
  Loop loop;
  const auto map = open_good(options(path));
  CHECK(ask(*map, "u1") == "mail1");
  std::filesystem::rename(path, dir.path("away"));
  const auto answer = ask(loop, *map, "u1");
  CHECK(words(answer) == "! No such file or directory");
  CHECK(answer.error().fault == Fault::TryLater);
  std::filesystem::rename(dir.path("away"), path);
  CHECK(ask(*map, "u1") == "mail1");
}

TEST_CASE("sqlite: a database replaced by rename is noticed (T10.5)") {
  const TempDir dir;
  const std::string path = make_users(dir);
  const auto map = open_good(options(path));
  // Both threads of the map have looked at the old one.
  for (int i = 0; i < 8; ++i)
    CHECK(ask(*map, "u1") == "mail1");
  std::filesystem::rename(make_users(dir, "new.db", "mail9"), path);
  for (int i = 0; i < 8; ++i)
    CHECK(ask(*map, "u1") == "mail9");
}

TEST_CASE("sqlite: changes are seen at once, and a changed table") {
  const TempDir dir;
  const std::string path = make_users(dir);
  const auto map = open_good(options(path));
  CHECK(ask(*map, "u1") == "mail1");
  Writer writer(path);
  writer.run("UPDATE tblPerdition SET servername = 'mail8' WHERE user = 'u1'");
  CHECK(ask(*map, "u1") == "mail8");
  writer.run("ALTER TABLE tblPerdition RENAME COLUMN servername TO host");
  CHECK(ask(*map, "u1") == "! no such column: servername");
  writer.run("ALTER TABLE tblPerdition RENAME COLUMN host TO servername");
  CHECK(ask(*map, "u1") == "mail8");
}

TEST_CASE("sqlite: a writer that locks everybody out is trouble (T10.4)") {
  const TempDir dir;
  const std::string path = make_users(dir);
  MapOptions quick = options(path);
  quick.timeout_ms = 200;
  Loop loop;
  const auto map = open_good(quick);
  CHECK(ask(*map, "u1") == "mail1");
  Writer writer(path);
  writer.run("BEGIN EXCLUSIVE");
  const auto answer = ask(loop, *map, "u1");
  REQUIRE_FALSE(answer);
  CHECK(answer.error().fault == Fault::TryLater);
  // A locked database can be opened: the time is bad, not the configuration.
  const auto second = open_good(quick);
  CHECK(ask(*second, "u1").starts_with("! "));
  writer.run("COMMIT");
  CHECK(ask(*map, "u1") == "mail1");
  CHECK(ask(*second, "u1") == "mail1");
}

TEST_CASE("sqlite: with a write-ahead log writers lock nobody out (T10.4)") {
  const TempDir dir;
  const std::string path = make_users(dir);
  Writer writer(path);
  writer.run("PRAGMA journal_mode = WAL");
  const auto map = open_good(options(path));
  writer.run("BEGIN EXCLUSIVE")
      .run("UPDATE tblPerdition SET servername = 'mail7' WHERE user = 'u1'");
  CHECK(ask(*map, "u1") == "mail1");
  writer.run("COMMIT");
  CHECK(ask(*map, "u1") == "mail7");
}

TEST_CASE("sqlite: a query without end is stopped") {
  const TempDir dir;
  const std::string path = make_users(dir);
  MapOptions endless =
      options(path,
              "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
              " SELECT 'h' FROM n WHERE i < 0 AND :key = 'u1'");
  endless.timeout_ms = 200;
  const auto map = open_good(endless);
  CHECK(ask(*map, "u1").starts_with("! "));
}
