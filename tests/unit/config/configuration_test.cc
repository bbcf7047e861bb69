#include "proxy/config/configuration.h"

#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <doctest/doctest.h>

#include "config_text.h"

using namespace postern;
namespace fs = std::filesystem;

namespace {

// A folder that is gone afterwards.
class Folder {
 public:
  Folder() {
    std::string pattern = fs::temp_directory_path() / "postern-XXXXXX";
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string write(const std::string& name, std::string_view text) const {
    const fs::path file = path_ / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
    return file;
  }
  std::string path(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

Texts names(const Configuration& configuration) {
  Texts names;
  for (const ServiceOptions& service : configuration.options.services)
    names.push_back(service.name);
  return names;
}

Assignments arguments(const Texts& words) {
  return parse_overrides(words);
}

}  // namespace

TEST_CASE("a single file that says protocol is the one service") {
  const Configuration result =
      configure("threads 3\nprotocol IMAP4\noutgoing_server mail.example\n");
  CHECK(texts_of(result.problems) == Texts{});
  CHECK(result.usable());
  CHECK(result.options.threads == 3);
  REQUIRE(result.options.services.size() == 1);
  const ServiceOptions& service = result.options.services.front();
  CHECK(service.name == "postern");
  CHECK(service.protocol->name == "IMAP4");
  CHECK(service.outgoing_servers.size() == 1);
}

TEST_CASE("without a service there is nothing to do") {
  CHECK(texts_of(configure("threads 3").problems) ==
        Texts{"c/postern.conf: there is no service, expected a file in conf.d "
              "beside this one, or protocol here"});
  CHECK(texts_of(configure("protocol bogus\noutgoing_server a").problems)
            .size() == 1);
}

TEST_CASE("the global file says what services start from") {
  const Configuration result = configure_all(
      "timeout 40m\noutgoing_server a\nlog_format json",
      {{"imap4", "protocol IMAP4"},
       {"pop3", "protocol POP3\ntimeout 10m\noutgoing_server b,c"}});
  CHECK(texts_of(result.problems) == Texts{});
  CHECK(names(result) == Texts{"imap4", "pop3"});
  CHECK(result.options.log.format == LogFormat::Json);
  const auto& services = result.options.services;
  CHECK(services[0].timeouts.idle == 2400000);
  CHECK(services[1].timeouts.idle == 600000);
  CHECK(services[0].outgoing_servers.size() == 1);
  CHECK(services[1].outgoing_servers.size() == 2);
}

TEST_CASE("the last value counts, and all of them are judged") {
  const Configuration result =
      configure(kService + "timeout 5\ntimeout x\ntimeout 3600");
  CHECK(texts_of(result.problems) ==
        Texts{"c/postern.conf:4: timeout: \"x\", expected seconds, or a number "
              "with one of the units ms, s, m, h"});
  CHECK(result.options.services[0].timeouts.idle == 3600000);
}

TEST_CASE("states add up within a file and begin anew in the next") {
  const auto strip = [](const std::string& global, const std::string& own) {
    return configure_all(global, {{"a", kService + own}})
        .options.services[0]
        .names.strip_domain;
  };
  const std::string lookup = "strip_domain servername_lookup\n";
  const std::string login = "strip_domain remote_login\n";
  CHECK(strip("", lookup + login) == (kServernameLookup | kRemoteLogin));
  CHECK(strip(lookup, "") == kServernameLookup);
  CHECK(strip(lookup, login) == kRemoteLogin);
  CHECK(strip(lookup, "strip_domain ''") == 0);
}

TEST_CASE("maps and pools add up within a file and begin anew in the next") {
  const Configuration result =
      configure_all("map text /a\nmap regex /b\npool p a\npool p b weight=2",
                    {{"a", "protocol IMAP4"},
                     {"b", "protocol POP3\nmap sqlite /c\nmap fail"}});
  CHECK(texts_of(result.problems) == Texts{});
  const auto& first = result.options.services[0].lookup.maps;
  const auto& second = result.options.services[1].lookup.maps;
  REQUIRE(first.size() == 2);
  CHECK(first[0].type == "text");
  CHECK(first[0].argument == "/a");
  CHECK(first[1].type == "regex");
  REQUIRE(second.size() == 2);
  CHECK(second[0].type == "sqlite");
  CHECK(second[1].type == "fail");
  CHECK(second[1].argument.empty());
  REQUIRE(result.options.pools.size() == 1);
  CHECK(result.options.pools[0].backends.size() == 2);
}

TEST_CASE("the command line wins over every file") {
  const Configuration result = configure_all(
      "timeout 1h\nthreads 2",
      {{"a", kService + "timeout 2h\nquery_key \\\\u"}},
      arguments({"--timeout", "3h", "--query_key=\\U", "--threads=4", "-s",
                 "other.example", "-b", "192.0.2.1"}));
  CHECK(texts_of(result.problems) == Texts{});
  const ServiceOptions& service = result.options.services[0];
  CHECK(result.options.threads == 4);
  CHECK(service.timeouts.idle == 10800000);
  CHECK(service.lookup.key_formats == std::vector<std::string>{"\\U"});
  CHECK(service.outgoing_servers[0].where.host == "other.example");
  CHECK(service.listen[0].host == "192.0.2.1");
}

TEST_CASE("without any file the command line is the service") {
  const Configuration result = load_configuration(
      "", arguments({"--protocol", "POP3", "-M", "", "-s", "a.example", "-p",
                     "110", "--no_daemon", "-F", "+"}));
  CHECK(texts_of(result.problems) ==
        Texts{"command line: no_daemon: warning: no effect: Postern stays in "
              "the foreground anyway"});
  CHECK(result.usable());
  CHECK(names(result) == Texts{"postern"});
}

TEST_CASE("connection_limit of all services and of one") {
  const Configuration result = configure_all(
      "connection_limit 100", {{"a", kService + "connection_limit 30"},
                               {"b", kService + "listen_port 1143"}});
  CHECK(texts_of(result.problems) == Texts{});
  CHECK(result.options.connection_limit == 100);
  CHECK(result.options.services[0].limits.connections == 30);
  CHECK(result.options.services[1].limits.connections == 0);
}

TEST_CASE("two services cannot listen in one place") {
  const Configuration result =
      configure_all("", {{"a", kService},
                         {"b", kService},
                         {"c", kService + "bind_address 192.0.2.1:1143"},
                         {"d", kService + "listen_port 1143\n"
                                          "bind_address '[::ffff:192.0.2.1]'"},
                         {"e", kService + "bind_address Host,hOST:143"}});
  CHECK(texts_of(result.problems) ==
        Texts{"c/conf.d/b.conf:1: protocol: 0.0.0.0:143 is where service a "
              "listens already, expected another address or port",
              "c/conf.d/b.conf:1: protocol: [::]:143 is where service a "
              "listens already, expected another address or port",
              "c/conf.d/d.conf:4: bind_address: 192.0.2.1:1143 is where "
              "service c listens already, expected another address or port",
              "c/conf.d/e.conf:3: bind_address: host:143 is where service e "
              "listens already, expected another address or port"});
}

TEST_CASE("a mistake in the global file is told once") {
  CHECK(
      texts_of(configure_all("ssl_mode none,tls_listen\noutgoing_server a",
                             {{"a", "protocol IMAP4"}, {"b", "protocol POP3"}})
                   .problems)
          .size() == 1);
}

TEST_CASE("services are named by their files") {
  CHECK(name_of_service("/etc/postern/conf.d/imap4.conf") == "imap4");
  CHECK(name_of_service("perdition.imap4.conf") == "perdition.imap4");
  CHECK(name_of_service("/etc/plain") == "plain");
  CHECK(texts_of(configure_all("", {{"my mail", kService}}).problems) ==
        Texts{"c/conf.d/my mail.conf: this is no name for a service, expected "
              "letters, digits and . _ - before .conf"});
}

TEST_CASE(
    "files are found beside the global one, in the order of their names") {
  const Folder folder;
  const std::string global = folder.write("postern.conf", "outgoing_server a");
  folder.write("conf.d/pop3.conf", "protocol POP3");
  folder.write("conf.d/imap4.conf", "protocol IMAP4");
  folder.write("conf.d/postern.conf.sample", "bogus");
  folder.write("conf.d/imap4.conf~", "bogus");
  folder.write("conf.d/.hidden.conf", "bogus");
  const Configuration result = load_configuration(global);
  CHECK(texts_of(result.problems) == Texts{});
  CHECK(names(result) == Texts{"imap4", "pop3"});
  CHECK(result.services[0].file == folder.path("conf.d/imap4.conf"));
}

TEST_CASE("an empty conf.d leaves the file to itself") {
  const Folder folder;
  const std::string file = folder.write("perdition.imap4.conf", kService);
  CHECK(names(load_configuration(file)) == Texts{"perdition.imap4"});
  folder.write("conf.d/README", "nothing");
  CHECK(names(load_configuration(file)) == Texts{"perdition.imap4"});
}

TEST_CASE("files that cannot be read are told, the others read") {
  const Folder folder;
  CHECK(texts_of(load_configuration(folder.path("none.conf")).problems) ==
        Texts{folder.path("none.conf") + ": No such file or directory"});

  const std::string global = folder.write("postern.conf", "bogus");
  folder.write("conf.d/a.conf", kService + "timeout x");
  fs::create_directories(folder.path("conf.d/b.conf"));
  const Configuration result = load_configuration(global);
  CHECK_FALSE(result.usable());
  CHECK(texts_of(result.problems) ==
        Texts{global + ":1: bogus: unknown setting",
              folder.path("conf.d/a.conf") +
                  ":3: timeout: \"x\", expected seconds, or a number with one "
                  "of the units ms, s, m, h",
              folder.path("conf.d/b.conf") + ": Is a directory"});
}

TEST_CASE("warnings do not keep it from serving") {
  const Configuration result = configure(kService + "no_daemon\nno_lookup");
  CHECK(result.problems.size() == 2);
  CHECK(result.usable());
}
