// Scripted programs: what reporters would run.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "transport/process.hpp"

namespace carillon::test {

class FakeRunner final : public process::Runner {
 public:
  // Taken first.
  std::deque<Result<process::Ended>> ends;
  // Then this; then code 0.
  std::function<Result<process::Ended>(const std::vector<std::string>& argv)> answer;
  std::vector<std::vector<std::string>> runs;
  std::vector<process::Limits> limits;

  Task<process::Ended> run(std::vector<std::string> argv, process::Limits given) override {
    runs.push_back(std::move(argv));
    limits.push_back(given);
    if (!ends.empty()) {
      Result<process::Ended> end = std::move(ends.front());
      ends.pop_front();
      co_return end;
    }
    if (answer) co_return answer(runs.back());
    co_return process::Ended{};
  }

  void end(int code, std::string out = "", std::string err = "") {
    process::Ended ended;
    ended.code = code;
    ended.out = std::move(out);
    ended.err = std::move(err);
    ends.emplace_back(std::move(ended));
  }
};

}  // namespace carillon::test
