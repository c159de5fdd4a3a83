#include "base/metrics.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "base/secret.hpp"

namespace carillon::metrics {
namespace {

std::string text_of(const Registry& registry) {
  Redactor redactor;
  redactor.add("hush-hush");
  Page page([&](std::string_view text) { return redactor(text); });
  registry.write(page);
  return page.text();
}

TEST(Metrics, CountersByTheirLabels) {
  Registry registry;
  auto& family = registry.counters("bells_total", "Bells.\nAll \\ of them", {"tower", "size"});
  Counter& big = family.of({"a", "big"});
  big.add();
  big.add(2);
  family.of({"b", "small"}).add();
  EXPECT_EQ(&big, &family.of({"a", "big"}));
  EXPECT_EQ(text_of(registry),
            "# HELP bells_total Bells.\\nAll \\\\ of them\n"
            "# TYPE bells_total counter\n"
            "bells_total{tower=\"a\",size=\"big\"} 3\n"
            "bells_total{tower=\"b\",size=\"small\"} 1\n");
}

TEST(Metrics, LabelValuesAreEscapedAndHoldNoSecret) {
  Registry registry;
  registry.counters("bells_total", "Bells", {"tower"}).of({"\"a\\\nb\xff hush-hush"}).add();
  EXPECT_NE(text_of(registry).find("bells_total{tower=\"\\\"a\\\\\\nb\xef\xbf\xbd ***\"} 1\n"),
            std::string::npos)
      << text_of(registry);
}

TEST(Metrics, BucketsAreCumulative) {
  Registry registry;
  auto& rings = registry.histograms("ring_seconds", "Rings", {0.5, 1}).of();
  for (const double value : {0.25, 0.5, 0.75, 4.0})
    rings.observe(value);
  EXPECT_EQ(text_of(registry),
            "# HELP ring_seconds Rings\n"
            "# TYPE ring_seconds histogram\n"
            "ring_seconds_bucket{le=\"0.5\"} 2\n"
            "ring_seconds_bucket{le=\"1\"} 3\n"
            "ring_seconds_bucket{le=\"+Inf\"} 4\n"
            "ring_seconds_sum 5.5\n"
            "ring_seconds_count 4\n");
}

TEST(Metrics, Numbers) {
  EXPECT_EQ(number_text(0), "0");
  EXPECT_EQ(number_text(12345678901.0), "12345678901");
  EXPECT_EQ(number_text(0.1), "0.1");
  EXPECT_EQ(number_text(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(number_text(std::numeric_limits<double>::quiet_NaN()), "NaN");
}

}  // namespace
}  // namespace carillon::metrics
