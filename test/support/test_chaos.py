"""The rules of the chaos find what they are there to find."""

import unittest

from carillon_test.chaos import chaos_build
from carillon_test.chaos_rules import Stream, expected_mails, expected_posts, expected_statuses
from carillon_test.moody_sinks import REFUSED, TAKEN, UNCLEAR, Heard, Moods, subject_of


def heard(*attempts):
    """(key, life, outcome) in one lane; the key's digits are its rank."""
    return [Heard("lane", (int("".join(filter(str.isdigit, key))),), key, life, outcome)
            for key, life, outcome in attempts]


def stream(*attempts, most_at_once=2):
    return Stream("s", heard(*attempts), most_at_once=most_at_once)


class RulesTest(unittest.TestCase):
    def test_a_good_run(self):
        good = stream(("k1", 1, REFUSED), ("k1", 1, UNCLEAR), ("k1", 1, TAKEN), ("k2", 1, TAKEN), ("k2", 2, TAKEN))
        self.assertEqual(good.lost({"k1", "k2"}) + good.out_of_order() + good.repeated(), [])
        self.assertEqual(good.doubled(), {1: 1})
        self.assertEqual(good.last_differs({"lane": "k2"}), [])

    def test_what_is_lost_or_invented(self):
        self.assertIn("1 lost: k2", stream(("k1", 1, TAKEN), ("k2", 1, UNCLEAR)).lost({"k1", "k2"})[0])
        self.assertIn("never posted: k3", stream(("k3", 1, TAKEN)).lost(set())[0])

    def test_what_comes_in_the_wrong_order(self):
        wrong = stream(("k2", 1, REFUSED), ("k1", 2, TAKEN), ("k2", 2, TAKEN))
        self.assertIn("k1 by life 2 after (2,)", wrong.out_of_order()[0])

    def test_an_old_status_at_the_end(self):
        self.assertIn("k2 (there: k1)", stream(("k2", 1, TAKEN), ("k1", 2, TAKEN)).last_differs({"lane": "k2"})[0])
        self.assertIn("k2 (there: None)", stream().last_differs({"lane": "k2"})[0])

    def test_what_is_sent_twice_without_a_kill(self):
        self.assertIn("k1 by life 1", stream(("k1", 1, TAKEN), ("k1", 1, REFUSED)).repeated()[0])
        self.assertIn("k1 by life 2", stream(("k1", 1, TAKEN), ("k1", 2, TAKEN), ("k1", 2, TAKEN)).repeated()[0])

    def test_more_doubles_than_were_under_way(self):
        many = stream(*[(f"k{n}", life, TAKEN) for n in range(3) for life in (1, 2)])
        self.assertEqual(many.doubled(), {1: 3})
        self.assertIn("3 at the end of life 1", many.repeated()[0])

    def test_what_is_expected(self):
        builds = [chaos_build("a", number, complete, 2) for number in (1, 2, 3) for complete in (False, True)]
        self.assertEqual(expected_posts(builds[:2]), {"a/1/started", "a/1/finished"})
        self.assertEqual(expected_mails(builds), {"a/1=2", "a/2=2", "a/3=2"})
        last = {key.split(" ", 2)[2] for key in expected_statuses(builds[:-1]).values()}
        self.assertEqual(last, {"2 failure", "3 pending"})

    def test_a_mail_that_carillon_worded_by_itself(self):
        text = "Build failed!\n\nBuilder: a\nDetails: http://ci.example.org/#builders/552/builds/3\n"
        self.assertEqual(subject_of("Buildbot failure in Test Bells on a", text), "a/3=2")
        self.assertEqual(subject_of("a/3=2", ""), "a/3=2")

    def test_moods_are_the_same_for_the_same_seed(self):
        moods = {"bad": 0.5}
        drawn = [[Moods(seed).choose("good", moods) for _ in range(1)] + [seed] for seed in (1, 1, 2)]
        self.assertEqual(drawn[0], drawn[1])
        one = Moods(7)
        self.assertEqual({one.choose("good", moods) for _ in range(100)}, {"good", "bad"})
        one.calm()
        self.assertEqual({one.choose("good", moods) for _ in range(100)}, {"good"})


if __name__ == "__main__":
    unittest.main()
