#include "source/hook/builder_name.hpp"

#include "base/json.hpp"

namespace carillon::source::hook {

Task<void> name_builder(Run& run, const Shape& shape) {
  if (!shape.name_builder) co_return ok();
  json::object facts{{"repo", run.project},  {"workflow", run.pipeline}, {"job", run.job},
                     {"branch", run.branch}, {"revision", run.revision}, {"event", run.event},
                     {"owner", run.owner}};
  auto named = co_await shape.name_builder->call("", json::array{std::move(facts)}, shape.source);
  if (named && named->is_string() && !named->get_string().empty()) {
    run.builder = named->get_string();
    co_return ok();
  }
  const std::string why =
      "builder=: " + (named ? "yielded no text, but " + std::string(kind_name(*named)) : named.error().what);
  run.notes.push_back(why);
  co_return rejected(why);
}

}  // namespace carillon::source::hook
