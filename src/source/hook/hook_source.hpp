// A source that a CI's hooks tell of its runs, and that asks the CI's API for what they left out.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "source/environment.hpp"
#include "source/hook/api.hpp"
#include "source/hook/catch_up.hpp"
#include "source/hook/dialect.hpp"
#include "source/hook/job_memory.hpp"
#include "source/hook/receiver.hpp"
#include "source/hook/shape.hpp"
#include "source/hook/starter.hpp"
#include "source/source.hpp"

namespace carillon::source::hook {

class Asked;
class Forcing;
class Told;

class HookSource final : public Source, public std::enable_shared_from_this<HookSource> {
 public:
  // What is special about the CI.
  struct Parts {
    Shape shape;
    // Of its web pages, ends in '/'.
    std::string url;
    // Null: it has no hooks, and the API alone is asked.
    std::shared_ptr<const Dialect> dialect;
    // Null: without a token nobody can be asked.
    std::shared_ptr<Api> api;
    // What is said where nobody can be asked; empty: that there is no token.
    std::string no_api;
    // Null: nothing can be started there, and what people are told of it (empty: nothing).
    std::shared_ptr<Starter> starter;
    std::string no_starter;
    // Between two looks.
    std::chrono::seconds every{300};
  };
  // Throws ConfigError when it has hooks and there is no web server. where: for that.
  HookSource(Parts parts, const Environment& environment, const std::string& where);
  ~HookSource() override;

  const std::string& name() const override { return parts_.shape.source; }
  const std::string& url() const override { return parts_.url; }
  Queries* queries() override;
  Commands* commands() override;
  std::vector<Endpoint> endpoints(Sink& sink) override;
  std::optional<LinkState> link_state() const override;
  std::vector<std::string> setup(const std::string& base) const override;
  std::vector<std::string> warnings() const override;
  Task<Previewed> preview(std::shared_ptr<const web::Request> delivery, Millis now) const override;
  std::optional<Millis> heard_at() const override;
  std::optional<Refused> refused() const override;
  std::optional<std::int64_t> quota_left() const override;
  asio::awaitable<void> run(Sink& sink) override;

 private:
  // Forgets what no run came for; until cancelled.
  asio::awaitable<void> tidy(Sink& sink);

  Parts parts_;
  Environment environment_;
  std::shared_ptr<Receiver> receiver_;
  std::unique_ptr<CatchUp> catch_up_;
  std::unique_ptr<Asked> queries_;
  std::unique_ptr<Forcing> forcing_;
  std::unique_ptr<Told> commands_;
};

}  // namespace carillon::source::hook
