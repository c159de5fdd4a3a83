// Example events: what `carillon check` words, and `carillon test-send` sends.
#pragma once

#include <string>
#include <vector>

#include "reporter/reporter.hpp"
#include "rule/rule.hpp"

namespace carillon::server {

struct Example {
  // "a build that failed".
  std::string title;
  reporter::Details details;
};

// A starting build, a finished one of every result, a complete buildset, a missing worker; every detail is
// there.
std::vector<Example> examples();

// Some of them that say they are a test, about nobody and nothing that there is: what `carillon test-send`
// sends. The first one is the first choice.
std::vector<Example> test_examples();

// Whether the rule would ever report the example, whatever the build before it was, and whatever is filtered.
bool is_wanted(const rule::Rule& rule, const Example& example);

// Whether it would ever report a build that ends so, alone or with its buildset; likewise.
bool tells_of(const rule::Rule& rule, Results results);

}  // namespace carillon::server
