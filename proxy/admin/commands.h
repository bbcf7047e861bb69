// The commands: a row in commands.cc for each, and a function in a file named
// after what it shows or changes.  How they are written stands in manual.cc.

#pragma once

#include <memory>

#include "proxy/admin/answer.h"
#include "proxy/admin/manual.h"
#include "proxy/net/local_socket.h"
#include "proxy/server/server.h"

namespace postern {

// A request on its way.  Copies of it are as good as the original; `server`
// outlives them all.
struct Call {
  Server& server;
  LocalPeer peer;
  Invocation asked;
  std::shared_ptr<Answer> answer;
};

// Runs on the main thread; must not block there, but may answer later.
using Command = void (*)(const Call& call);

// By its name in the manual; every entry has one.
Command find_command(std::string_view name);

// show_status.cc
void show_status(const Call& call);
// show_sessions.cc
void show_sessions(const Call& call);
// show_route.cc
void show_route(const Call& call);
// show_backends.cc
void show_backends(const Call& call);
// show_maps.cc
void show_maps(const Call& call);
// change_backends.cc
void drain_backend(const Call& call);
void take_backend_down(const Call& call);
void put_backend_up(const Call& call);
void weigh_backend(const Call& call);
// change_users.cc
void move_user(const Call& call);
void unpin_user(const Call& call);
void kick_user(const Call& call);
void kick_sessions(const Call& call);
void list_overrides(const Call& call);
// change_daemon.cc
void reload_configuration(const Call& call);
void change_log_level(const Call& call);

}  // namespace postern
