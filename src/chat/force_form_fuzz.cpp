// A force scheduler of any shape, and any values for what it offers: what is sent was asked for.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "chat/force_form.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::chat;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto end = std::min(input.find('\n'), input.size());
  const std::string value(input.substr(0, end));
  boost::system::error_code error;
  const json::value scheduler = json::parse(input.substr(end), error);
  if (error || !scheduler.is_object()) return 0;
  const Form form(scheduler.get_object());
  Values values;
  for (const Parameter& parameter : form.parameters()) {
    if (form.find(parameter.name) == nullptr) std::abort();
    const auto taken = checked(parameter, value);
    if (!taken) {
      if (taken.error().what.empty()) std::abort();
      continue;
    }
    const auto again = checked(parameter, *taken);
    if (!again || *again != *taken) std::abort();  // what it took it takes again
    if (parameter.kind == Parameter::Kind::choice && parameter.strict &&
        std::find(parameter.choices.begin(), parameter.choices.end(), *taken) == parameter.choices.end())
      std::abort();
    if (form.is_asked(parameter)) values[parameter.name] = {*taken};
  }
  static_cast<void>(form.set_reason(values, value));
  static_cast<void>(form.set_source(values, std::nullopt, "branch", value));
  static_cast<void>(form.set_source(values, value, "revision", value));
  static_cast<void>(form.set_property(values, value, value));
  static_cast<void>(form.missing(values));
  static_cast<void>(json::serialize(form.arguments(values, "ann")));
  for (const Heading& heading : form.headings()) {
    if (heading.before > form.parameters().size()) std::abort();
  }
  return 0;
}
