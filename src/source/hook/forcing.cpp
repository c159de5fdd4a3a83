#include "source/hook/forcing.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "source/hook/form.hpp"
#include "source/hook/run_event.hpp"

namespace carillon::source::hook {
namespace {

json::value scheduler_list(json::array all) {
  const auto total = static_cast<std::int64_t>(all.size());
  return json::object{{"forceschedulers", std::move(all)}, {"meta", json::object{{"total", total}}}};
}

json::value scheduler_list(json::object scheduler) {
  json::array all;
  all.push_back(std::move(scheduler));
  return scheduler_list(std::move(all));
}

// The objects in the list of that name of a document.
std::vector<const json::object*> items_of(const json::value& document, std::string_view list) {
  const json::object* object = document.if_object();
  return object != nullptr ? objects_at(*object, list) : std::vector<const json::object*>();
}

}  // namespace

Task<json::value> Forcing::get(std::string path) {
  const auto parts = words_of(std::string_view(path).substr(0, path.find('?')), "/");
  if (parts.size() == 1 && parts[0] == "forceschedulers") co_return co_await schedulers();
  if (parts.size() == 3 && parts[0] == "builders" && parts[2] == "forceschedulers")
    co_return co_await schedulers_of(std::string(parts[1]));
  co_return co_await asked_.get(std::move(path));
}

json::value Forcing::no_schedulers() const {
  return why_.empty() ? scheduler_list(json::array()) : scheduler_list(refusing_scheduler(source_, why_));
}

Task<json::value> Forcing::schedulers() {
  if (!starter_) co_return no_schedulers();
  const auto answer = co_await asked_.get("builders");
  if (!answer) co_return failed(answer.error());
  std::vector<std::string> names;
  for (const json::object* builder : items_of(*answer, "builders"))
    names.push_back(text_at(*builder, "name"));
  co_return scheduler_list(scheduler_of(source_, names, nullptr));
}

Task<json::value> Forcing::schedulers_of(std::string builder) {
  if (!starter_) co_return no_schedulers();
  const auto answer = co_await asked_.get("builders/" + builder);
  if (!answer) co_return failed(answer.error());
  const auto found = items_of(*answer, "builders");
  const auto pipeline = co_await pipeline_of(std::move(builder));
  if (!pipeline) co_return failed(pipeline.error());
  const auto form = co_await starter_->form(*pipeline, "");
  if (!form) co_return failed(form.error());
  std::vector<std::string> names;
  if (!found.empty()) names.push_back(text_at(*found.front(), "name"));
  co_return scheduler_list(scheduler_of(source_, names, &*form));
}

Task<Pipeline> Forcing::pipeline_of(std::string builder) {
  const auto answer = co_await asked_.get("builders/" + builder + "/builds?order=-number&limit=1");
  if (!answer) co_return failed(answer.error());
  const auto builds = items_of(*answer, "builds");
  const json::object* properties = builds.empty() ? nullptr : object_at(*builds.front(), "properties");
  if (properties == nullptr)
    co_return rejected("no run of it is known, so nobody can tell what is to be started");
  Pipeline pipeline;
  for (const auto& property : *properties) {
    const json::array* pair = property.value().if_array();
    if (pair == nullptr || pair->empty()) continue;
    if (pair->front().is_string() || pair->front().is_number())
      pipeline.properties[property.key()] = pair->front();
  }
  pipeline.project = text_at(pipeline.properties, "project");
  pipeline.run = text_at(pipeline.properties, "run");
  co_return pipeline;
}

Task<json::value> Forcing::force(std::string scheduler, json::object params) {
  if (!starter_) co_return rejected(why_.empty() ? "nothing can be started there" : why_);
  if (scheduler != source_) co_return rejected("there is no force scheduler '" + scheduler + "'");
  const auto builder = integer_at(params, "builderid");
  if (!builder) co_return rejected("builderid: required");
  const auto pipeline = co_await pipeline_of(std::to_string(*builder));
  if (!pipeline) co_return failed(pipeline.error());
  const auto form = co_await starter_->form(*pipeline, text_at(params, "branch"));
  if (!form) co_return failed(form.error());
  const auto order = order_of(*form, params);
  if (!order) co_return failed(order.error());
  const auto run = co_await starter_->start(*pipeline, *form, *order);
  const std::string what = pipeline->project + ", like " + pipeline->run + ", for " +
                           fold_to_line(text_at(params, "owner")) + " (" +
                           fold_to_line(text_at(params, "reason")) + ")";
  if (!run) {
    log_.info("sources", source_ + ": could not start " + what + ": " + run.error().what);
    co_return failed(run.error());
  }
  log_.info("sources", source_ + ": started " + (run->empty() ? "" : *run + " of ") + what);
  if (run->empty()) co_return nullptr;
  co_return json::array{buildset_number(*run), json::object()};
}

}  // namespace carillon::source::hook
