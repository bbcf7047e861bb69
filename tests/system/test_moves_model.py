"""Whatever happens, in whatever order: nobody is ever open on two backends."""

import os
import random
import signal
import subprocess
import unittest

from harness import CTL, PATIENCE, ImapClient, Pop3Client, plain_build_only
from test_moves import HOSTS, HousesTest

USERS = tuple(f"user{number}" for number in range(5))
STEPS = 400


@plain_build_only
class ModelTest(HousesTest):
    """MODEL_SEED repeats a run."""

    POOL = "sticky=yes policy=round_robin failover=next"

    def setUp(self):
        super().setUp()
        self.seed = int(os.environ.get("MODEL_SEED", random.randrange(1 << 32)))
        self.random = random.Random(self.seed)
        self.clients, self.orders, self.story = [], [], []
        self.addCleanup(self.everybody_leaves)

    def everybody_leaves(self):
        for client in self.clients:
            client.close()
        self.clients.clear()

    def user(self):
        return self.random.choice(USERS)

    def host(self):
        return self.random.choice(HOSTS)

    # One step each.

    def log_in(self):
        kind, service = self.random.choice(((ImapClient, "imap"), (Pop3Client, "pop3")))
        client = kind(self.daemon.port[service])
        self.clients.append(client)
        try:
            client.login(self.user(), wanted="")
        except (EOFError, OSError):
            pass  # somebody has been sent away

    def log_out(self):
        if self.clients:
            self.clients.pop(self.random.randrange(len(self.clients))).close()

    def order(self, *words):
        """Given, and not waited for."""
        self.orders.append(subprocess.Popen(
            [CTL, "--socket", self.control.path, *words], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        if len(self.orders) > 3:
            self.orders.pop(0).wait(PATIENCE)

    def move(self):
        self.order("user", "move", self.user(), self.host())

    def unpin(self):
        self.order("user", "unpin", self.user())

    def drain(self):
        self.order("backend", "drain", self.host(), *self.random.choice(((), ("--spread", "5ms"))))

    def take_down(self):
        self.order("backend", "down", self.host())

    def put_up(self):
        self.order("backend", "up", self.host())

    def kick(self):
        self.order("user", "kick", self.user())

    def kill(self):
        self.daemon.stop(signal.SIGKILL)
        self.everybody_leaves()
        self.serve_again()

    def reload_it(self):
        self.reload(hosts=self.random.sample(HOSTS, len(HOSTS)))

    def burn(self):
        host = self.host()
        self.houses.burn_down(host)
        self.log_in()
        self.houses.build(host)

    def test_random_steps(self):
        with self.subTest(MODEL_SEED=self.seed):
            self.run_steps()

    def run_steps(self):
        self.serve("disconnect_spread 5ms\n")
        steps = ((self.log_in, 30), (self.log_out, 10), (self.move, 12), (self.unpin, 2),
                 (self.drain, 3), (self.take_down, 2), (self.put_up, 8), (self.kick, 3),
                 (self.kill, 1), (self.reload_it, 2), (self.burn, 1))
        kinds, weights = zip(*steps)
        for step in self.random.choices(kinds, weights, k=STEPS):
            self.story.append(step.__name__)
            step()
            self.assertEqual(self.houses.trespasses, [], f"after {self.story}")
        for order in self.orders:
            order.wait(PATIENCE)
        self.everybody_leaves()
        for host in HOSTS:
            self.control.run("backend", "up", host)
        self.no_moves_are_noted()
        for user in USERS:
            self.imap(user)
            self.both_live_at(self.houses.home_of(user), user)
        self.assertGreater(len(self.houses.events), STEPS / 10)


if __name__ == "__main__":
    unittest.main()
