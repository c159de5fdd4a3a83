#include "dashboard/api_post.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "dashboard/answer.hpp"
#include "dashboard/filters.hpp"

namespace carillon::dashboard {

web::Response told(const Done& done) {
  if (done.status == 503) return api_failure({Failure::Kind::unreachable, done.words, {}});
  if (done.status != 200) return json_error(done.status, done.words);
  json::object out = done.more;
  out["done"] = done.words;
  web::Response response;
  response.body = json::serialize(out) + "\n";
  return response;
}

int asked_wait(const Asked& asked) {
  for (const std::string_view word : words_of(header(asked.request, "prefer"), ",; ")) {
    if (!word.starts_with("wait=")) continue;
    const auto seconds = id_of(word.substr(5));
    return static_cast<int>(std::min<std::int64_t>(seconds.value_or(0), 30));
  }
  return 0;
}

}  // namespace carillon::dashboard
