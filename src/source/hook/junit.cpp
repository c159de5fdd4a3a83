#include "source/hook/junit.hpp"

#include "base/encoding.hpp"
#include "base/letters.hpp"
#include "base/text.hpp"
#include "base/xml.hpp"

namespace carillon::source::hook {
namespace {

constexpr std::size_t longest_name = 200;
constexpr std::size_t deepest_elements = 64;

void count_case(const pugi::xml_node& node, Tests& tests) {
  bool has_failed = false;
  bool is_skipped = false;
  for (const pugi::xml_node& child : node.children()) {
    const std::string_view name = element_name(child);
    has_failed = has_failed || name == "failure" || name == "error";
    is_skipped = is_skipped || name == "skipped";
  }
  ++tests.total;
  if (!has_failed) {
    ++(is_skipped ? tests.skipped : tests.passed);
    return;
  }
  ++tests.failed;
  if (tests.failed_names.size() >= most_failed_names) return;
  const std::string of_class = node.attribute("classname").value();
  const std::string name = node.attribute("name").value();
  const std::string both = of_class.empty() || name.empty() ? of_class + name : of_class + "." + name;
  tests.failed_names.push_back(ellipsize(fold_to_line(valid_utf8(both)), longest_name));
}

// False: suites are nested too deeply.
bool count_suite(const pugi::xml_node& suite, Tests& tests, std::size_t depth) {
  if (depth > deepest_elements) return false;
  for (const pugi::xml_node& child : suite.children()) {
    const std::string_view name = element_name(child);
    if (name == "testcase") {
      count_case(child, tests);
    } else if (name == "testsuite" && !count_suite(child, tests, depth + 1)) {
      return false;
    }
  }
  return true;
}

}  // namespace

Result<Tests> tests_of_junit(std::string_view text) {
  const auto document = read_xml(text);
  if (!document) return failed(document.error());
  const pugi::xml_node root = document->document_element();
  const std::string_view name = element_name(root);
  if (name != "testsuites" && name != "testsuite")
    return rejected("must be <testsuites> or <testsuite>, not <" +
                    ellipsize(fold_to_line(valid_utf8(name)), longest_name) + ">");
  Tests tests;
  if (!count_suite(root, tests, 1))
    return rejected("has more than " + std::to_string(deepest_elements) + " levels of suites");
  return tests;
}

void add(Tests& to, const Tests& more) {
  to.total += more.total;
  to.passed += more.passed;
  to.failed += more.failed;
  to.skipped += more.skipped;
  for (const std::string& name : more.failed_names) {
    if (to.failed_names.size() < most_failed_names) to.failed_names.push_back(name);
  }
}

bool is_xml(const web::Head& head) {
  const std::string whole = lower(head.content_type);
  const std::string_view type = trim(std::string_view(whole).substr(0, whole.find(';')));
  return type == "application/xml" || type == "text/xml" || type.ends_with("+xml");
}

}  // namespace carillon::source::hook
