"""Input before the login that is too long, too deep, too much or nonsense.

The ids (T5.1 ...) are those of the project's list of threats.
"""

import unittest

from harness import ImapClient, MailSocket, Pop3Client, WitnessTest

MIB = 1 << 20


class ParserAbuseTest(WitnessTest):
    def imap_client(self):
        return ImapClient(self.port["imap"])

    def say_and_close(self, client, data):
        """What Postern answers until it hangs up, or to a LOGOUT behind."""
        try:
            client.send(data)
        except OSError:
            pass
        return client.closed()

    def test_announced_sizes(self):
        """T5.1, T5.2: BAD at once where the client waits; a goodbye where it
        does not, since nothing behind it could be made sense of."""
        for size in ("4294967295", "2147483648", "18446744073709551616", "18446744073709551619",
                     "99999999999999999999", "5000"):
            with self.subTest(f"{{{size}}}"):
                client = self.imap_client()
                client.send(f"a LOGIN {{{size}}}\r\n")
                client.expect("a (BAD|NO)")
                client.command("NOOP")
                client.logout()
            with self.subTest(f"{{{size}+}}"):
                client = self.imap_client()
                heard = self.say_and_close(client, f"a LOGIN {{{size}+}}\r\nu1 pw1\r\n")
                self.assertRegex(heard, rb"(?m)^\* BYE")
        for odd in "{-1}", "{}", "{+}", "{5", "{5+", "{5}x", "{ 5}", "~{5}":
            with self.subTest(odd):
                client = self.imap_client()
                client.send(f"a LOGIN {odd} pw\r\n" if not odd.endswith("}") else
                            f"a LOGIN {odd}\r\n")
                self.assertRegex(client.line(), r"^(a (BAD|NO)|\* BYE|a OK)")
                client.close()
        self.assertEqual([user for user, _ in self.imap.logins if user != "{5"
                          and not user.startswith("{5")], [])

    def test_empty_and_padded_sizes(self):
        """T5.2"""
        client = self.imap_client()
        client.send("a LOGIN {005+}\r\nalice {0+}\r\n\r\n")
        client.reply("a", "")
        client.send("b LOGIN {005+}\r\nalice {006+}\r\nwonder\r\n")
        client.reply("b")
        self.assertEqual(self.imap.logins[-1], ("alice", "wonder"))

    def test_a_literal_is_never_a_command(self):
        """T5.3"""
        for opening in "a FOO {12+}", "a NOOP {12+}", "a CAPABILITY {12+}":
            with self.subTest(opening):
                client = self.imap_client()
                heard = self.say_and_close(
                    client, f"{opening}\r\nb LOGIN u p\r\n\r\nc LOGOUT\r\n")
                self.assertNotRegex(heard, rb"(?m)^b ")
                self.assertEqual(self.imap.logins, [])

    def test_lines_without_end(self):
        """T5.5"""
        for size in 65536, MIB:
            with self.subTest(size):
                heard = self.say_and_close(self.imap_client(), b"a" * size)
                self.assertLess(len(heard), 1000)
                heard = self.say_and_close(Pop3Client(self.port["pop3"]), b"a" * size)
                self.assertLess(len(heard), 1000)

    def test_nesting(self):
        """T5.6"""
        for data in b"a " + b"(" * 8000 + b"\r\n", b"a ID ((((\r\n", b"a ID (\"a\0b\" NIL)\r\n":
            with self.subTest(data[:20]):
                client = self.imap_client()
                client.send(data)
                self.assertRegex(client.line(), r"^(a|\*) (BAD|BYE)")
                client.close()

    def test_id_with_too_many_pairs(self):
        """T5.7"""
        client = self.imap_client()
        heard = self.say_and_close(
            client, b"a ID (" + b" ".join([b'"k" "v"'] * 10000) + b")\r\nb LOGOUT\r\n")
        self.assertRegex(heard, rb"^(a BAD|\* BYE)")

    def test_the_largest_legal_id(self):
        """T5.8: 30 pairs of 1,024 octets"""
        client = self.imap_client()
        for pace in MailSocket.send, MailSocket.drip:
            pairs = " ".join(f'"key{number}" "{"v" * 1024}"' for number in range(30))
            pace(client, f"a ID ({pairs})\r\n")
            client.reply("a")
        client.login()

    def test_tags(self):
        """T5.9"""
        for line in (b"%n%n%s NOOP\r\n", b"a\0%n NOOP\r\n", b"* NOOP\r\n", b"+ NOOP\r\n",
                     b"a" * 5000 + b" NOOP\r\n", b"\r\n", b"     \r\n"):
            with self.subTest(line[:20]):
                client = self.imap_client()
                client.send(line)
                reply = client.line()
                self.assertRegex(reply, r"^(\*|%n%n%s|a{1,255}) ")
                self.assertLess(len(reply), 512)
                client.close()

    def test_byte_by_byte(self):
        """T5.10: the same conversation, however it is cut"""
        script = b'a CAPABILITY\r\nb LOGIN {5+}\r\nalice "bad"\r\nc NOOP\r\nd FOO\r\ne LOGOUT\r\n'
        heard = []
        for pace in MailSocket.send, MailSocket.drip:
            client = self.imap_client()
            pace(client, script)
            heard.append(client.rest())
        self.assertEqual(heard[0], heard[1])
        script = b"CAPA\r\nUSER alice\r\nPASS bad\r\nFOO\r\nQUIT\r\n"
        heard = []
        for pace in MailSocket.send, MailSocket.drip:
            client = Pop3Client(self.port["pop3"])
            pace(client, script)
            heard.append(client.rest())
        self.assertEqual(heard[0], heard[1])

    def test_pipelined_behind_a_login(self):
        """T5.11"""
        for pace in MailSocket.send, MailSocket.drip:
            client = self.imap_client()
            pace(client, b"a LOGIN u1 pw1\r\nb NOOP\r\nc CHECK\r\nd LOGOUT\r\n")
            self.assertRegex(client.rest(), rb"a OK .*logged in\r\nb OK NOOP done\r\nc OK CHECK done"
                                            rb"\r\n\* BYE goodbye\r\nd OK LOGOUT done\r\n$")
            client = Pop3Client(self.port["pop3"])
            pace(client, b"USER u1\r\nPASS pw1\r\nSTAT\r\nQUIT\r\n")
            self.assertEqual(client.rest().split(b"\r\n")[1:-1],
                             [b"+OK logged in", b"+OK STAT done", b"+OK QUIT done"])

    def test_pipelined_behind_a_failed_login(self):
        """T5.12"""
        client = self.imap_client()
        client.send("a LOGIN u bad\r\nb LOGIN u good\r\nc NOOP\r\n")
        client.expect("a NO")
        client.reply("b")
        client.reply("c")
        self.assertEqual(self.imap.logins, [("u", "bad"), ("u", "good")])
        client = Pop3Client(self.port["pop3"])
        client.send("USER u\r\nPASS bad\r\nUSER u\r\nPASS good\r\nSTAT\r\n")
        client.expect(r"\+OK")
        client.expect("-ERR")
        client.expect(r"\+OK")
        client.expect(r"\+OK logged in")
        client.expect(r"\+OK STAT done")

    def test_http(self):
        """T5.13: a browser that was led here gets nothing of its own back"""
        for client in self.imap_client(), Pop3Client(self.port["pop3"]):
            heard = self.say_and_close(
                client, b"GET /<script> HTTP/1.1\r\nHost: evil.example\r\n\r\n" * 300)
            self.assertNotIn(b"script", heard)
            self.assertNotIn(b"evil", heard)
            self.assertLess(heard.count(b"\n"), 8)

    def test_floods_of_commands(self):
        """T5.14"""
        heard = self.say_and_close(self.imap_client(), b"a NOOP\r\n" * 10000)
        self.assertLess(heard.count(b"OK"), 200)
        heard = self.say_and_close(self.imap_client(), b"a JUNK\r\n" * 10000)
        self.assertLess(heard.count(b"BAD"), 10)
        heard = self.say_and_close(Pop3Client(self.port["pop3"]), b"JUNK\r\n" * 10000)
        self.assertLess(heard.count(b"-ERR"), 10)

    def test_failed_logins_are_counted(self):
        heard = self.say_and_close(self.imap_client(), b"a LOGIN u bad\r\n" * 50)
        self.assertRegex(heard, rb"(?m)^\* BYE")
        self.assertLessEqual(len(self.imap.logins), 3)

    def test_compress_is_not_offered(self):
        """T5.16"""
        client = self.imap_client()
        self.assertNotIn("COMPRESS", str(client.command("CAPABILITY")))
        client.command("COMPRESS DEFLATE", "")
        client.command("NOOP")

    def test_backend_id_keys_are_not_passed_on(self):
        """T8.5: nobody but us says whose address a session has"""
        client = self.imap_client()
        client.send('a ID ("x-originating-ip" "203.0.113.9" "name" "test")\r\n')
        client.reply("a")
        client.login()
        client.command("NOOP")
        self.assertNotIn("203.0.113.9", " ".join(self.imap.commands))
        client = Pop3Client(self.port["pop3"])
        client.command("XCLIENT ADDR=203.0.113.9", "-ERR")
        client.login()
        client.command("PROXY TCP4 203.0.113.9 127.0.0.1 1 143", "+OK")

    def test_proxy_header_where_none_is_expected(self):
        """T8.1"""
        client = self.imap_client()
        client.send("PROXY TCP4 203.0.113.9 127.0.0.1 1 143\r\n")
        client.expect("(PROXY|\\*) BAD")


if __name__ == "__main__":
    unittest.main()
