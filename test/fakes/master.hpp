// A build master that answers from a table.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "source/source.hpp"

namespace carillon::test {

class FakeMaster final : public source::Source, public source::Queries, public source::Commands {
 public:
  explicit FakeMaster(std::string name = "ci") : name_(std::move(name)), url_("http://" + name_ + "/") {}

  struct Control {
    std::string path;
    std::string method;
    json::object params;
  };

  // By path; anything else is rejected.
  std::map<std::string, Result<json::value>> answers;
  std::vector<std::string> asked;
  Result<json::value> control_answer = json::value(nullptr);
  std::vector<Control> controlled;
  Result<std::string> shutdown_answer = std::string("Status: buildbot is running.");
  std::vector<Shutdown> shutdowns;
  std::set<Shutdown> impossible;
  bool takes_commands = true;

  void answer(const std::string& path, const char* text) {
    answers.insert_or_assign(path, Result<json::value>(json::parse(text)));
  }

  const std::string& name() const override { return name_; }
  const std::string& url() const override { return url_; }
  source::Queries* queries() override { return this; }
  source::Commands* commands() override { return takes_commands ? this : nullptr; }
  Task<json::value> get(std::string path) override {
    asked.push_back(path);
    const auto at = answers.find(path);
    if (at == answers.end()) co_return rejected("404");
    co_return at->second;
  }
  Task<std::optional<json::value>> get_up_to(std::string path, std::size_t max_bytes) override {
    auto document = co_await get(std::move(path));
    if (!document) co_return failed(document);
    if (json::serialize(*document).size() > max_bytes) co_return std::nullopt;
    co_return std::move(*document);
  }
  bool can_shut_down(Shutdown what) const override { return !impossible.contains(what); }
  Task<json::value> control(std::string path, std::string method, json::object params) override {
    controlled.push_back({std::move(path), std::move(method), std::move(params)});
    co_return control_answer;
  }
  Task<std::string> shutdown(Shutdown what) override {
    shutdowns.push_back(what);
    co_return shutdown_answer;
  }
  asio::awaitable<void> run(source::Sink&) override { co_return; }

 private:
  std::string name_;
  std::string url_;
};

}  // namespace carillon::test
