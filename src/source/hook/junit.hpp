// Reports of tests in JUnit's XML, which most tools for tests write. Pure.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "source/hook/run.hpp"
#include "web/message.hpp"

namespace carillon::source::hook {

// Failed tests that are named.
inline constexpr std::size_t most_failed_names = 50;

// <testsuites> or one <testsuite>, nested. Cases are counted; what attributes say of counts is not read. A
// case with a <failure> or an <error> has failed, one with <skipped> was skipped. Failure (rejected): no XML,
// another document, or suites nested too deeply.
Result<Tests> tests_of_junit(std::string_view text);

// Whether it may be such a report, by its content type.
bool is_xml(const web::Head& head);

// Both together.
void add(Tests& to, const Tests& more);

}  // namespace carillon::source::hook
