#include "source/ping/signal.hpp"

#include <algorithm>
#include <cstdlib>

#include "base/percent.hpp"
#include "base/text.hpp"
#include "source/hook/body.hpp"
#include "source/ping/settings.hpp"

namespace carillon::source::ping {
namespace {

constexpr std::string_view path_begin = "/ping/";

// In small letters; "": it is none.
std::string uuid_of(std::string_view text) {
  constexpr std::string_view form = "00000000-0000-0000-0000-000000000000";
  if (text.size() != form.size()) return {};
  std::string uuid;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'F' ? static_cast<char>(text[i] | 0x20) : text[i];
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    if (form[i] == '-' ? c != '-' : !digit) return {};
    uuid += c;
  }
  return uuid;
}

// Failure (rejected): it is no signal.
Result<void> read_kind(std::string_view text, Signal& signal) {
  if (text == "start") {
    signal.kind = Signal::Kind::start;
  } else if (text == "fail") {
    signal.kind = Signal::Kind::fail;
  } else if (text == "log") {
    signal.kind = Signal::Kind::log;
  } else {
    constexpr int highest_status = 255;
    const int status = is_digits(text) && text.size() <= 3 ? std::atoi(std::string(text).c_str()) : -1;
    if (status < 0 || status > highest_status)
      return rejected("what comes last must be start, fail, log, or an exit status of 0 to 255");
    signal.kind = status == 0 ? Signal::Kind::success : Signal::Kind::fail;
    if (status > 0) signal.exit_status = status;
  }
  return ok();
}

std::string_view parameter_of(const web::Head& head, std::string_view name) {
  const auto found = head.parameters.find(name);
  return found == head.parameters.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace

Result<Signal> signal_of(const web::Head& head) {
  Signal signal;
  signal.slug = parameter_of(head, "slug");
  if (!is_slug(signal.slug))
    return rejected("the name of a check has letters, digits, '.', '_' and '-', at most 100");
  if (const std::string_view text = parameter_of(head, "signal"); !text.empty()) {
    if (auto read = read_kind(text, signal); !read) return failed(read.error());
  }
  if (const auto rid = hook::form_field(head.query, "rid"); rid && !rid->empty()) {
    signal.rid = uuid_of(*rid);
    if (signal.rid.empty()) return rejected("rid: must be a UUID");
  }
  signal.create = hook::form_field(head.query, "create") == "1";
  return signal;
}

std::string key_of(std::string_view path) {
  if (!path.starts_with(path_begin)) return {};
  path.remove_prefix(path_begin.size());
  return percent_decode(path.substr(0, path.find('/')));
}

}  // namespace carillon::source::ping
