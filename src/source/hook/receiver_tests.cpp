// Reports of tests, posted beside a hook.
#include "base/encoding.hpp"
#include "source/hook/body.hpp"
#include "source/hook/junit.hpp"
#include "source/hook/receiver.hpp"
#include "source/hook/shape.hpp"
#include "source/hook/within.hpp"

namespace carillon::source::hook {
namespace {

constexpr std::size_t largest_report = std::size_t{16} << 20U;
constexpr std::size_t large_report = std::size_t{1} << 20U;  // not read on the thread that answers
constexpr std::size_t longest_run_id = 2000;
constexpr Millis tests_after_end = 10 * 60 * 1000;

}  // namespace

web::Route Receiver::route_of_tests(const Dialect::Path& path) {
  web::Route route;
  route.max_body = largest_report;
  route.secret_path = path.secret;
  const auto self = shared_from_this();
  route.refuse = [self](const web::Head& head) -> std::optional<web::Response> {
    if (auto refused = self->refuse_head(head)) return refused;
    if (!is_xml(head)) return self->refuse(head, 415, "tests are posted as application/xml", "tests");
    return std::nullopt;
  };
  route.handler = [self](web::Request request) { return self->answer_tests(std::move(request)); };
  return route;
}

asio::awaitable<web::Response> Receiver::answer_tests(web::Request request) {
  const auto self = shared_from_this();
  if (closed_) co_return gone();
  if (!dialect_->is_right(request, request.body, environment_.clock.now() / 1000))
    co_return refuse(request, 401, "the signature or token is not this hook's", "tests");
  const std::string run = key_part(form_field(request.query, "id").value_or(""));
  if (run.empty() || run.size() > longest_run_id)
    co_return refuse(request, 400, run.empty() ? "id: missing in the query" : "id: too long", "tests");
  const auto parsed = [&request]() -> asio::awaitable<Result<Tests>> {
    co_return tests_of_junit(request.body);
  };
  auto tests = request.body.size() < large_report || environment_.readers == nullptr
                   ? co_await parsed()
                   : co_await asio::co_spawn(*environment_.readers, parsed(), asio::use_awaitable);
  if (!tests) co_return refuse(request, 400, tests.error().what, "tests");
  heard_at_ = environment_.clock.now();
  auto kept = co_await within<web::Response>(answer_within,
                                             keep_tests(run, short_hash(request.body), std::move(*tests)));
  if (kept && *kept) co_return std::move(**kept);
  const std::string why = kept ? kept->error().what : "the store is behind";
  co_return count(web::busy_response(503, why, come_again), "later");
}

Task<web::Response> Receiver::keep_tests(std::string run, std::string of, Tests tests) {
  const auto self = shared_from_this();
  const Millis now = environment_.clock.now();
  const auto end = ended_.find(run);
  const bool late = end != ended_.end();
  if (late && now - end->second.at > tests_after_end)
    co_return count(web::error_response(409, "the run ended more than 10 minutes ago"), "refused");
  const std::string ended = late ? end->second.id : std::string();
  const auto kept = co_await tests_.keep(run, of, tests, now);
  if (!kept && kept.error().kind == Failure::Kind::rejected)
    co_return count(web::error_response(409, kept.error().what), "refused");
  if (!kept) co_return failed(kept);
  if (late && *kept) {
    if (auto noted = co_await tests_.came_late(ended, tests, now); !noted) co_return failed(noted);
  }
  // Whoever followed this source may not know of it.
  if (closed_) co_return gone();
  json::object body{
      {"accepted", *kept ? 1 : 0}, {"duplicate", !*kept}, {"tests", tests.total}, {"failed", tests.failed}};
  if (late) body["late"] = "the run has ended: its report went without them";
  co_return count(json_answer(202, body), *kept ? "accepted" : "duplicate");
}

}  // namespace carillon::source::hook
