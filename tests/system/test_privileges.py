"""Root is left behind for good once ports are bound and keys are read."""

import os
import pwd
import unittest

from harness import ImapClient, SystemTest, run_postern, wait_until


@unittest.skipIf(os.getuid() != 0, "only root has something to leave behind")
class PrivilegesTest(SystemTest):
    def serve(self, settings):
        backend = self.sample()
        postern = self.postern({"imaps": f"protocol IMAP4S\n{self.tls_settings()}"
                                         f"outgoing_server 127.0.0.1:{backend.imap}\n"}, settings)
        postern.wait_for_line("event=started")
        return postern

    def status(self, postern, field):
        with open(f"/proc/{postern.pid}/status", encoding="ascii") as file:
            return next(line.split()[1:] for line in file if line.startswith(field + ":"))

    def test_another_user_without_way_back(self):
        nobody = pwd.getpwnam("nobody")
        postern = self.serve("username nobody\n")
        self.assertEqual(self.status(postern, "Uid"), [str(nobody.pw_uid)] * 4)
        self.assertEqual(self.status(postern, "Gid"), [str(nobody.pw_gid)] * 4)
        self.assertEqual(self.status(postern, "Groups"), [])
        self.assertEqual(self.status(postern, "CapEff"), ["0" * 16])
        self.assertEqual(self.status(postern, "CapPrm"), ["0" * 16])
        self.assertEqual(self.status(postern, "NoNewPrivs"), ["1"])
        ImapClient(postern.port["imaps"], tls=self.tls).login()

    def test_every_thread_has_changed(self):
        postern = self.serve("username nobody\nthreads 4\n")
        for task in os.listdir(f"/proc/{postern.pid}/task"):
            with open(f"/proc/{postern.pid}/task/{task}/status", encoding="ascii") as file:
                self.assertIn(f"Uid:\t{pwd.getpwnam('nobody').pw_uid}\t", file.read())

    def test_no_core_is_written(self):
        postern = self.serve("")
        with open(f"/proc/{postern.pid}/limits", encoding="ascii") as file:
            self.assertRegex(file.read(), r"Max core file size +0 +0 ")

    def test_keys_stay_private_across_a_reload(self):
        """What only root may read cannot be read anew; the old goes on."""
        postern = self.serve("username nobody\n")
        postern.reload()
        wait_until(lambda: postern.lines("event=reloaded") or postern.lines("reload failed"),
                   "the reload is over")
        ImapClient(postern.port["imaps"], tls=self.tls).login()

    def test_an_unknown_user(self):
        folder = self.scratch.folder("unknown")
        config = folder / "postern.conf"
        config.write_text("username no_such_user\nprotocol IMAP4\noutgoing_server 127.0.0.1\n")
        done = run_postern("-f", config)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no_such_user", done.stderr)


if __name__ == "__main__":
    unittest.main()
