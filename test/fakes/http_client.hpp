// A scripted HTTP client: what reporters would send, without a network.
#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "transport/http.hpp"

namespace carillon::test {

class FakeHttpClient final : public http::Client {
 public:
  // Then as `otherwise` says, else 200.
  std::deque<Result<http::Response>> answers;
  std::function<http::Response(const http::Request&)> otherwise;
  std::vector<http::Request> requests;

  Task<http::Response> request(http::Request request) override {
    requests.push_back(std::move(request));
    if (answers.empty() && otherwise) co_return otherwise(requests.back());
    if (answers.empty()) {
      http::Response response;
      response.status = 200;
      co_return response;
    }
    Result<http::Response> answer = std::move(answers.front());
    answers.pop_front();
    co_return answer;
  }

  void answer(int status, std::string body = "",
              std::vector<std::pair<std::string, std::string>> headers = {}) {
    http::Response response;
    response.status = status;
    response.body = std::move(body);
    response.headers = std::move(headers);
    answers.emplace_back(std::move(response));
  }
};

}  // namespace carillon::test
