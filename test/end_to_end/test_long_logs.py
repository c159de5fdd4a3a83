"""Logs that are too long for memory: from a real Buildbot through the spool into mails and posts."""

import re
import unittest

from carillon_test.case import ServerTest
from carillon_test.http_sink import Answer
from carillon_test.long_logs import MIB, LongLogs, lines, sha
from carillon_test.prometheus import scrape
from carillon_test.services import http_push
from carillon_test.waiting import wait_for
from carillon_test.webhooks import KEY, verdict


class WholeTest(LongLogs, ServerTest):
    def test_mails_and_posts_carry_it_byte_for_byte(self):
        smtp, http = self.smtp_sink(), self.http_sink()
        http.script(Answer(how="close"), 503)
        push = http_push(http, wantSteps=True, wantLogs=True, builders=["slow"], maxLogSize=1 << 30, sign=KEY)
        carillon = self.watching(
            self.mails_logs(smtp, "big", "stream", "short", name="one")
            + self.mails_logs(smtp, "worker_preparation.big", name="two") + push
        )
        big, stream, short = lines(20 * MIB), lines(3 * MIB, b"o"), [b"a short one\n"]
        self.build(big=("t", big), stream=("s", stream), short=("t", short))
        mails = smtp.wait_for(2, timeout=300)
        for got in mails:
            self.assertEqual(sha(self.attachment(got, "worker_preparation.big")), sha(b"".join(big)))
            self.assertLessEqual(max(map(len, got.data.splitlines())), 998)
        (both,) = [got for got in mails if len(list(got.message.iter_attachments())) == 3]
        plain = re.sub(rb"(?m)^o", b"", b"".join(stream))
        self.assertEqual(sha(self.attachment(both, "worker_preparation.stream")), sha(plain))
        self.assertEqual(self.attachment(both, "worker_preparation.short"), short[0])

        def posted():
            return [body for body in http.bodies() if body["complete"]]

        (body,) = wait_for(posted, "the post about the end", 300)[-1:]
        logs = {log["name"]: log for log in body["steps"][0]["logs"]}
        self.assertEqual(sha(logs["big"]["content"]["content"].encode()), sha(b"".join(big)))
        self.assertEqual(sha(logs["stream"]["content"]["content"].encode()), sha(b"".join(stream)))
        self.assertEqual(logs["short"]["content"]["content"], "a short one\n")
        self.assertEqual(logs["big"]["content"]["logid"], logs["big"]["logid"])
        self.assertEqual(verdict(http.received()[-1]), "verified", "what is read piece by piece is signed as a whole")

        # The log that two mails and a post have is one file; of the stream there is one with and one without its
        # channel letters.
        self.settled(carillon, 4)
        files = self.spooled(carillon)
        self.assertEqual(len(files), 3, files)
        wait_for(lambda: scrape(carillon).value("carillon_spool_files") == 3, "the metric of the files")
        metrics = scrape(carillon)
        self.assertGreater(metrics.value("carillon_spool_bytes"), 25 * MIB)
        (row,) = [row for row in carillon.deliveries() if row["reporter"] == "two"]
        self.assertEqual([(f["label"], f["size"]) for f in row["files"]], [("worker_preparation.big", sum(map(len, big)))])
        self.assertIn("worker_preparation.big", carillon.cli("explain", "--config", carillon.config, "slow/1").stdout)

    def test_a_longer_one_keeps_head_and_tail(self):
        smtp = self.smtp_sink()
        carillon = self.watching(self.mails_logs(smtp, "big", most=300_000))
        chunks = lines(5 * MIB)
        whole = b"".join(chunks)
        self.build(big=("t", chunks))
        (got,) = smtp.wait_for(1, timeout=300)
        content = self.attachment(got, "worker_preparation.big")
        self.assertLessEqual(len(content), 300_000)
        head, words, tail = re.split(rb"\n(\[\.\.\.+ \d+ lines left out \.\.\.\])\n", content)
        self.assertTrue(whole.startswith(head))
        self.assertTrue(whole.endswith(tail))
        left_out = int(re.search(rb"\d+", words)[0])
        self.assertEqual(head.count(b"\n") + 1 + tail.count(b"\n") + left_out, whole.count(b"\n"))
        self.settled(carillon)


class KillTest(LongLogs, ServerTest):
    def test_kill_9_while_it_is_fetched_and_while_it_is_sent(self):
        smtp = self.smtp_sink()
        carillon = self.watching(self.mails_logs(smtp, "big"))
        chunks = lines(20 * MIB)
        smtp.hang_at = "DATA"
        self.build(big=("t", chunks))
        self.being_fetched(carillon)
        carillon.kill9()
        carillon.start()
        wait_for(lambda: carillon.deliveries("--state", "waiting"), "the mail to be worded", 300)
        # What the first process left is cleaned up.
        wait_for(lambda: len(self.spooled(carillon)) == 1, lambda: f"one file: {self.spooled(carillon)}", 300)
        carillon.kill9()
        smtp.hang_at = None
        carillon.start()
        got = smtp.wait_for(1, timeout=300)[-1]
        self.assertEqual(sha(self.attachment(got, "worker_preparation.big")), sha(b"".join(chunks)))
        self.settled(carillon)
        self.assertEqual(len({got.message["Message-ID"] for got in smtp.received()}), 1)


class MasterAwayTest(LongLogs, ServerTest):
    def test_a_master_that_goes_away_in_the_middle(self):
        smtp = self.smtp_sink()
        carillon = self.watching(self.mails_logs(smtp, "big"))
        chunks = lines(40 * MIB)
        self.build(big=("t", chunks))
        self.being_fetched(carillon)
        self.master.kill_master()
        carillon.process.wait_for_output("is tried again|started", 300)
        self.master.start_master()
        (got,) = smtp.wait_for(1, timeout=300)
        self.assertEqual(sha(self.attachment(got, "worker_preparation.big")), sha(b"".join(chunks)))
        self.settled(carillon)
        self.assertEqual(len(self.spooled(carillon)), 1)


class FullSpoolTest(LongLogs, ServerTest):
    def test_a_full_spool_shortens_the_log(self):
        smtp = self.smtp_sink()
        carillon = self.watching("c['spool'] = {'maxSize': '1MB'}\n" + self.mails_logs(smtp, "big"))
        self.build(big=("t", lines(5 * MIB)))
        (got,) = smtp.wait_for(1, timeout=300)
        content = self.attachment(got, "worker_preparation.big")
        self.assertLess(len(content), 70_000)
        self.assertIn(b"lines left out", content)
        (row,) = self.settled(carillon)
        self.assertIn("worker_preparation.big is shortened: the spool is full", row["note"])
        self.assertEqual(self.spooled(carillon), [])


class FolderTest(LongLogs, ServerTest):
    def test_a_folder_of_its_own_and_what_was_beside_the_database(self):
        smtp = self.smtp_sink()
        service = self.mails_logs(smtp, "big")
        carillon = self.watching(service)
        old, new = lines(2 * MIB), lines(3 * MIB)
        smtp.hang_at = "DATA"
        self.build(big=("t", old))
        wait_for(lambda: smtp.hung, "the mail to be there, and not answered", 300)
        carillon.kill9()
        smtp.hang_at = None
        elsewhere = carillon.folder / "elsewhere"
        carillon.configure(f"c['spool'] = {{'dir': 'elsewhere'}}\n{service}")
        refused = carillon.check()
        self.assertEqual(refused.returncode, 1)
        self.assertIn(f"c['spool']: dir: {elsewhere} does not exist: make it, or mount it, first", refused.stderr)
        elsewhere.mkdir()
        (elsewhere / "of-others").write_text("stays")
        checked = carillon.check()
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertIn(f"long logs are kept in the folder {elsewhere}/carillon.sqlite.spool\n", checked.stdout)
        carillon.start()
        got = smtp.wait_for(1, timeout=300)[0]
        self.assertEqual(sha(self.attachment(got, "worker_preparation.big")), sha(b"".join(old)))
        self.build(big=("t", new))
        got = smtp.wait_for(2, timeout=300)[1]
        self.assertEqual(sha(self.attachment(got, "worker_preparation.big")), sha(b"".join(new)))
        self.settled(carillon, 2)
        first, second = carillon.stored("SELECT name FROM files ORDER BY delivery")
        self.assertEqual(self.spooled(carillon), [first])
        names = [file.name for file in (elsewhere / "carillon.sqlite.spool").iterdir()]
        self.assertEqual(sorted(names), sorted([second, "owner.txt"]))
        self.assertEqual((elsewhere / "of-others").read_text(), "stays")
        wait_for(lambda: scrape(carillon).value("carillon_spool_files") == 2, "both to be counted")
        (elsewhere / "carillon.sqlite.spool" / second).unlink()
        config = ["--config", carillon.config]
        ids = sorted(row["id"] for row in carillon.deliveries())
        told = [carillon.cli("resend", *config, number).stderr for number in ids]
        self.assertEqual(told, ["", "carillon: worker_preparation.big is not kept any more: it goes out without it\n"])

    def test_two_databases_of_one_name_do_not_remove_the_files_of_each_other(self):
        shared = self.folder / "shared"
        shared.mkdir()
        spool = f"c['spool'] = {{'dir': {str(shared)!r}}}\n"
        self.carillon(spool)
        owner = shared / "carillon.sqlite.spool" / "owner.txt"
        wait_for(lambda: owner.exists() and owner.read_text(), "the first one to take the folder")
        before = owner.read_text()
        second = self.carillon(spool)
        second.process.wait_for_output("belongs to another database of that name: name another dir", 60)
        notes = second.request("GET", "ready").json["notes"]
        self.assertTrue(any(f"{owner.parent} belongs to another" in note for note in notes), notes)
        self.assertEqual(owner.read_text(), before)


class RelayTest(LongLogs, ServerTest):
    def test_a_relay_that_takes_less_gets_less(self):
        smtp = self.smtp_sink(max_size=1_000_000)
        carillon = self.watching(self.mails_logs(smtp, "big", "middle"))
        chunks, middle = lines(5 * MIB), lines(100_000)
        whole = b"".join(chunks)
        self.build(big=("t", chunks), middle=("t", middle))
        (got,) = smtp.wait_for(1, timeout=300)
        self.assertLessEqual(len(got.data), 1_000_000)
        self.assertGreater(len(got.data), 900_000)
        content = self.attachment(got, "worker_preparation.big")
        self.assertTrue(whole.startswith(content[:100_000]))
        self.assertTrue(whole.endswith(content[-100_000:]))
        self.assertEqual(self.attachment(got, "worker_preparation.middle"), b"".join(middle))
        (row,) = self.settled(carillon)
        self.assertIn("cut to what the relay takes: worker_preparation.big", row["answer"])


class KeptTest(LongLogs, ServerTest):
    def test_as_long_as_somebody_may_want_it(self):
        smtp = self.smtp_sink()
        carillon = self.watching(self.mails_logs(smtp, "big"))
        chunks = lines(2 * MIB)
        self.build(big=("t", chunks))
        smtp.wait_for(1, timeout=300)
        (row,) = self.settled(carillon)
        self.assertEqual(carillon.resend(row["id"]).returncode, 0)
        got = smtp.wait_for(2)[1]
        self.assertEqual(sha(self.attachment(got, "worker_preparation.big")), sha(b"".join(chunks)))
        self.settled(carillon)

        smtp.refuse("dev@example.org", "550 not here")
        self.build(big=("t", lines(MIB)))
        (dead,) = wait_for(lambda: carillon.deliveries("--state", "dead"), "a dead letter", 300)
        self.assertEqual(len(self.spooled(carillon)), 2)
        self.assertEqual(carillon.drop(dead["id"]).returncode, 0)
        wait_for(lambda: len(self.spooled(carillon)) == 1, "the file of the dropped mail to go")

        smtp.refuse("dev@example.org", "550 not here", times=0)
        folder = carillon.database.with_name(carillon.database.name + ".spool")
        for name in self.spooled(carillon):
            (folder / name).unlink()
        done = carillon.resend(row["id"])
        self.assertEqual(done.returncode, 0)
        self.assertIn("worker_preparation.big is not kept any more", done.stderr)
        got = smtp.wait_for(3)[2]
        self.assertEqual(self.attachment(got, "worker_preparation.big"), b"[this log is not kept any more]\n")
        (row,) = self.settled(carillon)
        self.assertIn("not kept any more: worker_preparation.big", row["answer"])


if __name__ == "__main__":
    unittest.main()
