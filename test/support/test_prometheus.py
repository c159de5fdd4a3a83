"""The reader of /metrics must itself refuse what is wrong."""

import unittest

from carillon_test.prometheus import Malformed, Metrics

GOOD = """\
# HELP bells_total All
# TYPE bells_total counter
bells_total{tower="a\\"\\\\\\n,b"} 3
bells_total{tower="c",size="big"} 4
# HELP ring_seconds Rings
# TYPE ring_seconds histogram
ring_seconds_bucket{le="0.5"} 1
ring_seconds_bucket{le="+Inf"} 2
ring_seconds_sum 2.5
ring_seconds_count 2
# HELP nothing None yet
# TYPE nothing gauge
"""


class PrometheusTest(unittest.TestCase):
    def test_reads(self):
        metrics = Metrics(GOOD)
        self.assertEqual(metrics.value("bells_total", tower='a"\\\n,b'), 3)
        self.assertEqual(metrics.total("bells_total"), 7)
        self.assertEqual(metrics.total("bells_total", size="big"), 4)
        self.assertEqual(metrics.value("ring_seconds_count"), 2)
        self.assertEqual(metrics.value("ring_seconds_count", tower="none"), 0)

    def test_refuses(self):
        for old, new in (
            ("# HELP bells_total All\n", ""),
            ("# TYPE bells_total counter\n", ""),
            ("# TYPE bells_total counter", "# TYPE bells_total bell"),
            ('bells_total{tower="c",size="big"} 4', 'bells_total{tower="c" size="big"} 4'),
            ('bells_total{tower="c",size="big"} 4', 'bells_total{tower="c",tower="d"} 4'),
            ('bells_total{tower="c",size="big"} 4', 'bells_total{tower="a\\"\\\\\\n,b"} 4'),
            ('size="big"} 4', 'size="big"} -4'),
            ('size="big"} 4', 'size="b"ig"} 4'),
            ('{le="+Inf"} 2', '{le="+Inf"} 0'),
            ("ring_seconds_count 2", "ring_seconds_count 3"),
            ('ring_seconds_bucket{le="+Inf"} 2\n', ""),
            ("ring_seconds_sum 2.5\n", ""),
            ("# HELP nothing None yet\n", "# HELP bells_total None yet\n"),
            ("# TYPE nothing gauge\n", "# TYPE nothing gauge"),
        ):
            with self.subTest(new=new, old=old):
                self.assertIn(old, GOOD)
                with self.assertRaises((Malformed, ValueError)):
                    Metrics(GOOD.replace(old, new))


if __name__ == "__main__":
    unittest.main()
