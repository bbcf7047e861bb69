#include "proxy/net/socket_options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace postern {
namespace {

void set(int socket, int level, int option, unsigned value) {
  setsockopt(socket, level, option, &value, sizeof value);
}

}  // namespace

void send_at_once(int socket) {
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
}

// The user timeout counts for unanswered probes, too, so that their number need
// not be set.
void keep_socket_alive(int socket, unsigned seconds) {
  set(socket, SOL_SOCKET, SO_KEEPALIVE, seconds != 0 ? 1 : 0);
  if (seconds != 0) set(socket, IPPROTO_TCP, TCP_KEEPIDLE, seconds);
  set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 2000 * seconds);
}

}  // namespace postern
