// A build master that answers from a table.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "master/master.hpp"

namespace carillon::test {

class FakeMaster final : public master::Master {
 public:
  std::map<std::string, Result<json::value>> answers;  // by path; anything else is rejected
  std::vector<std::string> asked;

  void answer(const std::string& path, const char* text) {
    answers.insert_or_assign(path, Result<json::value>(json::parse(text)));
  }

  const std::string& name() const override { return name_; }
  const std::string& url() const override { return url_; }
  Task<json::value> get(std::string path) override {
    asked.push_back(path);
    const auto at = answers.find(path);
    if (at == answers.end()) co_return rejected("404");
    co_return at->second;
  }
  asio::awaitable<void> run(master::Sink&) override { co_return; }

 private:
  std::string name_ = "ci";
  std::string url_ = "http://ci/";
};

}  // namespace carillon::test
