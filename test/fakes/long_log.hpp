// A build master with logs, which gives their lines as Buildbot does.
#pragma once

#include <charconv>
#include <map>
#include <string>
#include <vector>

#include "fakes/master.hpp"

namespace carillon::test {

class LogMaster final : public source::Source, public source::Queries {
 public:
  // Lines, without their ends.
  std::map<std::int64_t, std::vector<std::string>> logs;
  // JSON by path.
  std::map<std::string, std::string> documents;
  std::vector<std::string> asked;
  // Answer, in lines.
  std::size_t largest = 0;
  // After so many answers it is away.
  std::optional<std::size_t> breaks;

  std::string text(std::int64_t log) const {
    std::string all;
    for (const std::string& line : logs.at(log))
      all += line + "\n";
    return all;
  }
  void write(std::int64_t log, std::size_t lines, std::size_t width = 40) {
    for (std::size_t i = 0; i < lines; ++i) {
      std::string line = "o" + std::to_string(i) + " ";
      line.append(width > line.size() ? width - line.size() : 0, 'x');
      logs[log].push_back(std::move(line));
    }
  }

  const std::string& name() const override { return name_; }
  const std::string& url() const override { return url_; }
  source::Queries* queries() override { return this; }
  Task<json::value> get(std::string path) override {
    const auto found = documents.find(path);
    if (found == documents.end()) co_return rejected("404");
    co_return json::parse(found->second);
  }
  // logs/ID/contents?offset=FIRST&limit=COUNT
  Task<std::optional<json::value>> get_up_to(std::string path, std::size_t max_bytes) override {
    if (breaks && asked.size() >= *breaks) co_return unreachable("away");
    asked.push_back(path);
    const auto found = logs.find(number(path, "logs/"));
    if (found == logs.end()) co_return rejected("404");
    const auto first = static_cast<std::size_t>(number(path, "offset="));
    const auto count = static_cast<std::size_t>(number(path, "limit="));
    largest = std::max(largest, count);
    std::string content;
    for (std::size_t i = first; i < std::min(first + count, found->second.size()); ++i)
      content += found->second[i] + "\n";
    if (content.size() > max_bytes) co_return std::nullopt;
    json::object chunk;
    chunk["content"] = content;
    json::object answer;
    answer["logchunks"] = json::array{chunk};
    co_return json::value(answer);
  }
  asio::awaitable<void> run(source::Sink&) override { co_return; }

 private:
  static std::int64_t number(std::string_view path, std::string_view after) {
    const auto at = path.find(after);
    std::int64_t value = 0;
    if (at != std::string_view::npos) {
      std::from_chars(path.data() + at + after.size(), path.data() + path.size(), value);
    }
    return value;
  }

  std::string name_ = "ci";
  std::string url_ = "http://ci/";
};

}  // namespace carillon::test
