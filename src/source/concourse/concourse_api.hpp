// Concourse's API, which is all there is: builds of jobs, and the revisions that went into them.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "source/hook/account.hpp"
#include "source/hook/api.hpp"

namespace carillon::source::concourse {

class ConcourseApi final : public hook::Api {
 public:
  struct Where {
    // Ends in '/'.
    std::string url;
    // Shown as it is; empty: with user and password one is asked for, else what is public is seen.
    Secret token;
    std::string user;
    Secret password;
    // Empty: all that may be seen.
    std::vector<std::string> teams;
    bool verify = true;
  };
  // The references outlive it.
  ConcourseApi(Where where, http::Client& http, const Clock& clock);

  Task<std::vector<hook::Run>> changed_since(std::int64_t since,
                                             const std::set<std::string>& projects) override;
  Task<std::optional<hook::Run>> run(const std::string& project, const std::string& id) override;
  Task<void> complete(hook::Run& run) override;
  Task<std::string> log(const std::string& project, const std::string& job, std::size_t most) override;

 private:
  // GET, with a token that is not too old.
  Task<json::value> ask(const std::string& path);
  // A refusal may be of a token that is asked for anew.
  Failure refused(Failure failure);
  Task<void> log_in();
  void open_account(const Secret& token);

  Where where_;
  http::Client& http_;
  const Clock& clock_;
  std::shared_ptr<hook::Account> account_;
  // When the token was asked for; seconds.
  std::int64_t logged_in_ = 0;
};

}  // namespace carillon::source::concourse
