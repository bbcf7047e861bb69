"""consistent_hash is the ring of Dovecot's director: a real one is asked."""

import unittest

from harness import SANITIZED, SystemTest, dovecot_missing, run_postern
from harness.dovecot_director import DovecotDirector

# Address, weight, tag; one of no weight, one with a name's look.
HOSTS = [("10.0.0.1", 100, ""), ("10.0.0.2", 37, ""), ("10.0.0.10", 250, ""),
         ("192.0.2.77", 1, ""), ("10.9.8.7", 0, ""), ("2001:db8::25", 100, ""),
         ("10.1.0.1", 100, "eu"), ("10.1.0.2", 100, "eu"), ("10.1.0.3", 999, "eu"),
         ("10.2.0.1", 60, "us"), ("10.2.0.2", 61, "us")]
USERS = ([f"user{number}" for number in range(5000)] +
         [f"First.Last{number}@Example{number % 7}.ORG" for number in range(4000)] +
         [f"jürgen{number}@straße.example" for number in range(1000)] +
         ["a", "a@b@c", "@", "@x", "x@", "%u", "u" * 200])


def pool_words(hosts):
    def literal(host):
        return f"[{host}]" if ":" in host else host
    return " ".join(f"{literal(host)} weight={weight}" + (f" tag={tag}" if tag else "")
                    for host, weight, tag in hosts)


@unittest.skipIf(dovecot_missing(), dovecot_missing())
class RingTest(SystemTest):
    def director(self, hosts, **options):
        server = DovecotDirector(self.scratch.path, hosts, **options)
        self.addCleanup(server.stop)
        return server

    def postern_hosts(self, hosts, users, tag="", more=""):
        self.asked = getattr(self, "asked", 0) + 1
        folder = self.scratch.folder(f"routes{self.asked}")
        services = folder / "conf.d"
        services.mkdir()
        (folder / "postern.conf").write_text(f"pool mail {more} {pool_words(hosts)}\n")
        (services / "imap.conf").write_text(
            "protocol IMAP4\nbind_address 127.0.0.1:1143\n"
            "map static pool mail" + (f" tag={tag}" if tag else "") + "\n")
        names = folder / "users"
        names.write_text("".join(f"{user}\n" for user in users))
        answer = run_postern("--routes", names, "-f", folder / "postern.conf")
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        found = []
        for user, line in zip(users, answer.stdout.splitlines(), strict=True):
            name, pool, backend = line.split("\t")
            self.assertEqual((name, pool), (user, "mail"))
            found.append(backend.rsplit(":", 1)[0].strip("[]"))
        return found

    def compare(self, director, hosts, users, tag="", more=""):
        theirs = director.hosts_of(users, tag)
        ours = self.postern_hosts(hosts, users, tag, more)
        different = [(user, here, there)
                     for user, here, there in zip(users, ours, theirs) if here != there]
        self.assertEqual(different, [])
        return set(ours)

    def test_every_user_is_where_dovecot_has_them(self):
        director = self.director(HOSTS)
        self.assertEqual(len(USERS), 10007)
        users = USERS[::50] if SANITIZED else USERS
        for tag, members in ("", 5), ("eu", 3), ("us", 2):
            with self.subTest(tag):
                used = self.compare(director, HOSTS, users, tag)
                self.assertTrue(len(used) == members or users is not USERS, used)

    def test_the_order_of_hosts_does_not_matter(self):
        director = self.director(HOSTS)
        self.compare(director, list(reversed(HOSTS)), USERS[::50])

    def test_another_template(self):
        director = self.director(HOSTS, user_hash="%Ln")
        users = [f"u{number}@{domain}" for number in range(500) for domain in ("A.example", "b")]
        self.compare(director, HOSTS, users, more="user_hash=%Ln")


if __name__ == "__main__":
    unittest.main()
