#include "base/json_members.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <set>
#include <utility>
#include <vector>

#include "base/json.hpp"

namespace carillon {
namespace {

// What json::basic_parser calls; it looks at the names of members only.
class Members {
 public:
  static constexpr std::size_t max_object_size = -1;
  static constexpr std::size_t max_array_size = -1;
  static constexpr std::size_t max_key_size = -1;
  static constexpr std::size_t max_string_size = -1;

  const std::optional<std::string>& doubled() const { return doubled_; }

  bool on_object_begin(boost::system::error_code&) {
    open_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, boost::system::error_code&) {
    open_.pop_back();
    return true;
  }
  bool on_key_part(std::string_view part, std::size_t, boost::system::error_code&) {
    key_ += part;
    return true;
  }
  bool on_key(std::string_view last, std::size_t, boost::system::error_code&) {
    Open& object = open_.back();
    object.name = std::exchange(key_, {}).append(last);
    if (object.known.insert(object.name).second || doubled_) return true;
    doubled_.emplace();
    for (const Open& one : open_)
      *doubled_ += (doubled_->empty() ? "" : ".") + one.name;
    return true;
  }

  bool on_document_begin(boost::system::error_code&) { return true; }
  bool on_document_end(boost::system::error_code&) { return true; }
  bool on_array_begin(boost::system::error_code&) { return true; }
  bool on_array_end(std::size_t, boost::system::error_code&) { return true; }
  bool on_string_part(std::string_view, std::size_t, boost::system::error_code&) { return true; }
  bool on_string(std::string_view, std::size_t, boost::system::error_code&) { return true; }
  bool on_number_part(std::string_view, boost::system::error_code&) { return true; }
  bool on_int64(std::int64_t, std::string_view, boost::system::error_code&) { return true; }
  bool on_uint64(std::uint64_t, std::string_view, boost::system::error_code&) { return true; }
  bool on_double(double, std::string_view, boost::system::error_code&) { return true; }
  bool on_bool(bool, boost::system::error_code&) { return true; }
  bool on_null(boost::system::error_code&) { return true; }
  bool on_comment_part(std::string_view, boost::system::error_code&) { return true; }
  bool on_comment(std::string_view, boost::system::error_code&) { return true; }

 private:
  struct Open {
    std::set<std::string> known;
    // Of the member that is being read.
    std::string name;
  };

  std::vector<Open> open_;
  std::string key_;
  std::optional<std::string> doubled_;
};

}  // namespace

std::optional<std::string> doubled_member(std::string_view json) {
  json::basic_parser<Members> parser{json::parse_options()};
  boost::system::error_code broken;
  parser.write_some(false, json.data(), json.size(), broken);
  return parser.handler().doubled();
}

}  // namespace carillon
