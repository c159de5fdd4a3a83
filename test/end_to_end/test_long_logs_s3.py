"""Long logs in a bucket of S3: `c['spool'] = {'s3': ...}`, with a stand-in that is as strict as S3."""

import unittest

from carillon_test.case import ServerTest
from carillon_test.long_logs import MIB, LongLogs, lines, sha
from carillon_test.prometheus import scrape
from carillon_test.s3_fake import ACCESS_KEY, BUCKET, SECRET_KEY, Fault, S3Fake
from carillon_test.waiting import wait_for

DAY = 86_400


class Bucket(LongLogs):
    def setUp(self):
        super().setUp()
        self.s3 = S3Fake()
        self.addCleanup(self.s3.close)
        self.smtp = self.smtp_sink()

    def watching_bucket(self, prefix="/ci", **more):
        return self.watching(self.s3.configured(prefix, **more) + self.mails_logs(self.smtp, "big"))

    def attached(self, number):
        """Digest of the log that the mail of that number has."""
        got = self.smtp.wait_for(number, timeout=300)[number - 1]
        return sha(self.attachment(got, "worker_preparation.big"))

    def killed_while_it_sends(self, carillon, chunks):
        """The mail with that log is there, and not answered; from now on mails are."""
        self.smtp.hang_at = "DATA"
        self.addCleanup(setattr, self.smtp, "hang_at", None)
        self.build(big=("t", chunks))
        wait_for(lambda: self.smtp.hung, "the mail to be there, and not answered", 300)
        carillon.kill9()
        self.smtp.hang_at = None

    def logs(self):
        return [name for name in self.s3.names() if not name.endswith("/owner.txt")]

    def logged(self, carillon):
        return carillon.log.read_text("utf-8")

    def asked(self, carillon, path):
        answer = carillon.request("GET", path)
        self.assertEqual(answer.status, 200)
        return answer.body.decode()

    def shows_no_secret(self, *texts):
        for text in texts:
            self.assertNotIn(SECRET_KEY, text)
            self.assertNotIn(SECRET_KEY[:12], text)


class WholeTest(Bucket, ServerTest):
    def test_a_log_goes_there_in_parts_and_comes_back_byte_for_byte(self):
        carillon = self.watching_bucket()
        place = f"{self.s3.url}/{BUCKET}/ci/carillon.sqlite.spool"
        checked = carillon.check()
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.assertIn(f"long logs are kept in the bucket {place}\n", checked.stdout)
        chunks = lines(20 * MIB)
        self.build(big=("t", chunks))
        self.assertEqual(self.attached(1), sha(b"".join(chunks)))
        self.settled(carillon)
        (row,) = carillon.deliveries()
        (name,) = carillon.stored("SELECT name FROM files")
        self.assertEqual(self.logs(), [f"ci/carillon.sqlite.spool/{name}"])
        self.assertEqual(sum("partNumber=" in call for call in self.s3.calls), 3)
        self.assertEqual(self.s3.uploads, {})
        self.assertEqual(set(self.s3.refused) - {"NoSuchKey"}, set())  # of owner.txt, before it was there
        self.assertEqual(self.spooled(carillon), [])
        upload = carillon.database.with_name(carillon.database.name + ".upload")
        self.assertEqual(list(upload.iterdir()), [])
        wait_for(lambda: scrape(carillon).value("carillon_spool_files") == 1, "it to be counted")

        # It is sent again; and when it is gone, that is said.
        again = ["resend", "--config", carillon.config, row["id"]]
        self.assertEqual(carillon.cli(*again).stderr, "")
        self.assertEqual(self.attached(2), sha(b"".join(chunks)))
        self.settled(carillon)
        self.s3.objects[BUCKET].clear()
        told = carillon.cli(*again)
        self.assertIn("worker_preparation.big is not kept any more: it goes out without it", told.stderr)
        self.shows_no_secret(checked.stdout, checked.stderr, told.stdout, told.stderr, self.logged(carillon),
                             self.asked(carillon, "metrics"), self.asked(carillon, "ready"))


class KillTest(Bucket, ServerTest):
    def test_kill_9_in_the_middle_of_an_upload(self):
        carillon = self.watching_bucket()
        chunks = lines(20 * MIB)
        self.s3.faults.append(Fault("hang", "PUT", "partNumber=2"))
        self.build(big=("t", chunks))
        wait_for(lambda: any("partNumber=2" in call for call in self.s3.calls), "the upload to be under way", 300)
        carillon.kill9()
        self.assertEqual((len(self.s3.uploads), self.logs()), (1, []))
        self.s3.faults.clear()
        carillon.start()
        self.assertEqual(self.attached(1), sha(b"".join(chunks)))
        self.settled(carillon)
        self.assertEqual(len(self.logs()), 1)
        self.assertEqual(len(self.s3.uploads), 1, "what the first process began is not old yet")
        carillon.kill9()
        for upload in self.s3.uploads.values():
            upload.begun -= DAY
        carillon.start()
        wait_for(lambda: not self.s3.uploads, "what the killed process began to be ended")
        self.assertEqual(len(self.logs()), 1)

    def test_kill_9_while_it_is_sent(self):
        carillon = self.watching_bucket()
        chunks = lines(10 * MIB)
        self.killed_while_it_sends(carillon, chunks)
        carillon.start()
        self.assertEqual(self.attached(1), sha(b"".join(chunks)))
        self.settled(carillon)


class AwayTest(Bucket, ServerTest):
    def test_what_is_there_waits_and_what_is_new_is_shortened(self):
        carillon = self.watching_bucket()
        old, new = lines(6 * MIB), lines(2 * MIB)
        self.killed_while_it_sends(carillon, old)
        self.s3.stop()
        carillon.start()
        wait_for(lambda: carillon.deliveries("--state", "waiting")[0]["attempts"] > 1, "it to be tried", 300)
        self.assertEqual(self.smtp.received(), [])
        self.build(big=("t", new))
        # It is worded, and waits for its turn in the lane of both.
        wait_for(lambda: len(carillon.deliveries("--state", "waiting")) == 2, "the second one to be worded", 300)
        first, second = sorted(carillon.deliveries("--state", "waiting"), key=lambda row: row["id"])
        self.assertRegex(second["note"], rf"worker_preparation\.big is shortened: the place for long logs cannot be used: [A-Z]+ {self.s3.url}/")
        self.assertNotIn("shortened", first["note"])
        self.s3.start()
        self.assertEqual(carillon.resend(first["id"]).returncode, 0)
        self.assertEqual(self.attached(1), sha(b"".join(old)))
        short = self.attachment(self.smtp.wait_for(2, timeout=300)[1], "worker_preparation.big")
        self.assertLess(len(short), 70_000)
        self.settled(carillon, 2)
        self.shows_no_secret(self.logged(carillon), second["note"])


class MovedTest(Bucket, ServerTest):
    def test_what_waits_with_a_log_elsewhere_is_not_sent_without_it(self):
        carillon = self.watching_bucket()
        chunks = lines(2 * MIB)
        self.killed_while_it_sends(carillon, chunks)
        named = carillon.config.read_text("utf-8")
        carillon.config.write_text(named + "\nc['spool'] = {}\n", "utf-8")
        carillon.start()
        place = f"the bucket {self.s3.url}/{BUCKET}/ci/carillon.sqlite.spool"
        wait_for(lambda: f"may be in {place}" in str(carillon.deliveries("--state", "waiting")), "it to be said", 60)
        self.assertEqual(self.smtp.received(), [])
        carillon.kill9()
        carillon.config.write_text(named, "utf-8")
        carillon.start()
        self.assertEqual(self.attached(1), sha(b"".join(chunks)))
        self.settled(carillon)


class MistakesTest(Bucket, ServerTest):
    def test_a_wrong_key_is_told_and_costs_no_report(self):
        carillon = self.watching_bucket(secret_key="an0ther/" + SECRET_KEY)
        told = "HTTP 403 SignatureDoesNotMatch: secret_key is not that of the access_key"
        carillon.process.wait_for_output(told, 60)
        self.build(big=("t", lines(2 * MIB)))
        (got,) = self.smtp.wait_for(1, timeout=300)
        self.assertLess(len(self.attachment(got, "worker_preparation.big")), 70_000)
        (row,) = self.settled(carillon)
        self.assertIn("worker_preparation.big is shortened: the place for long logs cannot be used: S3: GET "
                      f"{self.s3.url}/{BUCKET}/ci/carillon.sqlite.spool/owner.txt: {told}", row["note"])
        self.assertIn(told, str(carillon.request("GET", "ready").json["notes"]))
        self.shows_no_secret(self.logged(carillon), row["note"])

    def test_two_databases_of_one_name_do_not_remove_the_files_of_each_other(self):
        self.carillon(self.s3.configured())
        owner = "carillon.sqlite.spool/owner.txt"
        wait_for(lambda: owner in self.s3.names(), "the first one to take the place")
        before = self.s3.body(owner)
        second = self.carillon(self.s3.configured())
        second.process.wait_for_output("belongs to another database of that name: name another prefix", 60)
        notes = second.request("GET", "ready").json["notes"]
        place = f"{self.s3.url}/{BUCKET}/carillon.sqlite.spool"
        self.assertTrue(any(f"the bucket {place} belongs to another" in note for note in notes), notes)
        self.assertEqual(self.s3.body(owner), before)

    def test_a_wrong_configuration_names_the_place(self):
        carillon = self.carillon(f"c['spool'] = {{'s3': 'https://s3.example.org/logs', 'region': 'r', 'secret_key': {SECRET_KEY!r}}}", start=False)
        checked = carillon.check()
        self.assertEqual(checked.returncode, 1)
        self.assertRegex(checked.stderr, r"carillon.cfg:\d+: c\['spool'\]: access_key is missing")
        carillon.configure(self.s3.configured(access_key=ACCESS_KEY, dir="logs"))
        checked = carillon.check()
        self.assertRegex(checked.stderr, r"carillon.cfg:\d+: c\['spool'\]: names both 'dir' and 's3'")
        self.shows_no_secret(checked.stderr, checked.stdout)


if __name__ == "__main__":
    unittest.main()
