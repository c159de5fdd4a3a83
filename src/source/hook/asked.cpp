#include "source/hook/asked.hpp"

#include <algorithm>
#include <boost/url/parse.hpp>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "source/heard/data_query.hpp"
#include "source/hook/run_event.hpp"

namespace carillon::source::hook {
namespace {

constexpr std::size_t most_log = std::size_t{256} << 10U;
constexpr std::size_t most_fetched = 8;

std::shared_ptr<const std::vector<std::string>> split(std::string_view text) {
  auto lines = std::make_shared<std::vector<std::string>>();
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1);
    lines->emplace_back(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  return lines;
}

json::object log_object(std::int64_t id, std::size_t lines) {
  return {{"logid", id},
          {"stepid", id},
          {"name", "stdio"},
          {"slug", "stdio"},
          {"type", "t"},
          {"complete", true},
          {"num_lines", static_cast<std::int64_t>(lines)}};
}

}  // namespace

Task<std::shared_ptr<const std::vector<std::string>>> Asked::lines_of(std::string job) {
  const auto known = std::ranges::find(fetched_, job, &Fetched::job);
  if (known != fetched_.end()) co_return known->lines;
  auto answer = co_await heard_.get("steps/" + job);
  if (!answer) {
    if (answer.error().kind == Failure::Kind::rejected) co_return nullptr;
    co_return failed(answer);
  }
  const json::array* steps = answer->is_object() ? array_at(answer->get_object(), "steps") : nullptr;
  if (steps == nullptr || steps->empty() || !steps->front().is_object()) co_return nullptr;
  const std::string project = text_at(steps->front().get_object(), log_member);
  if (project.empty()) co_return nullptr;
  auto text = co_await api_->log(project, job, most_log);
  if (!text) co_return failed(text);
  auto lines = split(valid_utf8(*text));
  fetched_.push_back({job, lines});
  if (fetched_.size() > most_fetched) fetched_.pop_front();
  co_return lines;
}

Task<json::value> Asked::get(std::string path) {
  const std::string target = "/" + path;  // `url` is a view of it
  const auto url = boost::urls::parse_origin_form(target);
  if (!url) co_return co_await heard_.get(std::move(path));
  auto asked = heard::DataQuery::of(*url);
  if (!asked) co_return failed(asked);
  const heard::DataQuery query = std::move(*asked);
  const auto parts = words_of(std::string_view(path).substr(0, path.find('?')), "/");
  const bool of_step = parts.size() == 3 && parts[0] == "steps" && is_digits(parts[1]) && parts[2] == "logs";
  const bool of_log =
      parts.size() == 3 && parts[0] == "logs" && is_digits(parts[1]) && parts[2] == "contents";
  if (!api_ || (!of_step && !of_log) || parts[1].size() > 18) co_return co_await heard_.get(std::move(path));
  const std::string job(parts[1]);
  auto lines = co_await lines_of(job);
  if (!lines) co_return failed(lines);
  if (*lines == nullptr) co_return co_await heard_.get(std::move(path));
  const std::int64_t id = std::stoll(job);
  if (of_step) {
    json::array logs;
    logs.push_back(log_object(id, (*lines)->size()));
    co_return json::object{{"logs", std::move(logs)}};
  }
  const std::size_t first = std::min(query.offset, (*lines)->size());
  const std::size_t end = first + std::min(query.limit.value_or((*lines)->size()), (*lines)->size() - first);
  std::string content;
  for (std::size_t i = first; i < end; ++i)
    content += (**lines)[i];
  json::array chunks;
  chunks.push_back(
      json::object{{"logid", id}, {"firstline", static_cast<std::int64_t>(first)}, {"content", content}});
  co_return json::object{{"logchunks", std::move(chunks)}};
}

}  // namespace carillon::source::hook
