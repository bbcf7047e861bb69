// What sockets are told once.  A listening socket passes it all on to those it
// accepts, which costs nothing.

#pragma once

namespace postern {

// Mail protocols are dialogues: Nagle's wait would cost 40 ms a login.
void send_at_once(int socket);

// Notices a peer that vanished: an idle one is probed after `seconds`, one that
// answers neither probes nor data is given up after twice as long.  0: never.
void keep_socket_alive(int socket, unsigned seconds);

}  // namespace postern
