// Deliveries and their answers.
#include "source/hook/receiver.hpp"

#include "base/encoding.hpp"
#include "source/hook/body.hpp"
#include "source/hook/signature.hpp"
#include "source/hook/within.hpp"

namespace carillon::source::hook {
namespace {

// For `explain`. Of a batch nobody knows whose they are.
void add_notes(Heard& heard) {
  constexpr std::size_t most_notes = 10;
  constexpr std::size_t longest_note = 200;
  if (heard.runs.size() + heard.jobs.size() != 1) return;
  std::vector<std::string>& notes = heard.runs.empty() ? heard.jobs[0].alone.notes : heard.runs[0].notes;
  for (const std::string& note : heard.notes) {
    if (notes.size() < most_notes) notes.push_back(ellipsize(fold_to_line(valid_utf8(note)), longest_note));
  }
}

}  // namespace

web::Response Receiver::count(web::Response response, const char* outcome) {
  if (environment_.numbers != nullptr) environment_.numbers->requests.of({shape_.source, outcome}).add();
  return response;
}

web::Response Receiver::refuse(const web::Head& request, int status, const std::string& why,
                               const std::string& kind, std::string_view body) {
  refusals_.add({.at = environment_.clock.now(),
                 .times = 1,
                 .status = status,
                 .kind = kind,
                 .why = why,
                 .body = std::string(body)});
  const std::string what = (kind.empty() ? "" : " (" + kind + ")") + " from " + request.address + " with " +
                           std::to_string(status) + ": " + why;
  const auto times = told_.to_tell(request.address, what, std::chrono::steady_clock::now());
  if (times)
    environment_.log.warning("web", "refused a delivery to the hook of " + shape_.source + what + *times);
  // Strangers make work no more often than they are told of.
  if (times || status == 400) write_refusals();
  return count(web::error_response(status, why), status == 400 ? "broken" : "refused");
}

// For people who look later: the answer does not wait for it.
void Receiver::write_refusals() {
  asio::co_spawn(
      environment_.executor,
      [](std::shared_ptr<Receiver> self) -> asio::awaitable<void> {
        co_await self->keep_refusals();
      }(shared_from_this()),
      or_end);
}

asio::awaitable<void> Receiver::keep_refusals() {
  const auto self = shared_from_this();
  if (auto done = co_await refusals_.write(); !done)
    environment_.log.warning("sources", shape_.source + ": refusals are not kept yet: " + done.error().what);
}

std::optional<web::Response> Receiver::refuse_head(const web::Head& head) {
  if (const std::string_view encoding = header(head, "content-encoding");
      !encoding.empty() && encoding != "identity")
    return refuse(head, 415, "the body is compressed: send it as it is", "");
  if (!dialect_->may_be_right(head)) {
    return refuse(head, 401,
                  dialect_->shows_any(head) ? "the signature or token is not this hook's"
                                            : "no signature or token of this hook's",
                  "");
  }
  return std::nullopt;
}

web::Route Receiver::route(const Dialect::Path& path, Sink& sink) {
  web::Route route;
  route.max_body = largest_body;
  route.secret_path = path.secret;
  const auto self = shared_from_this();
  if (path.asks) {
    route.max_body = 0;
    route.handler = [self](web::Request request) -> asio::awaitable<web::Response> {
      co_return self->dialect_->greet(request);
    };
    return route;
  }
  route.refuse = [self](const web::Head& head) -> std::optional<web::Response> {
    if (auto refused = self->refuse_head(head)) return refused;
    if (const std::string why = self->dialect_->unsupported(head); !why.empty())
      return self->refuse(head, 415, why, "");
    return std::nullopt;
  };
  route.handler = [self, &sink](web::Request request) { return self->answer(std::move(request), sink); };
  return route;
}

asio::awaitable<std::optional<web::Response>> Receiver::get_ready(bool was_wrong) {
  if (!dialect_->fetches_key()) co_return std::nullopt;
  auto ready =
      co_await within<void>(answer_within, dialect_->get_ready(environment_.clock.now() / 1000, was_wrong));
  if (ready && *ready) co_return std::nullopt;
  const std::string why = ready ? ready->error().what : "no answer in time";
  environment_.log.warning("sources", shape_.source + ": the key that hooks are signed with: " + why);
  co_return count(web::busy_response(503, "the key that hooks are signed with is not there", come_again),
                  "later");
}

asio::awaitable<web::Response> Receiver::answer(web::Request request, Sink& sink) {
  const auto self = shared_from_this();
  const Millis now = environment_.clock.now();
  if (closed_) co_return gone();
  if (auto busy = co_await get_ready(false)) co_return std::move(*busy);
  bool right = dialect_->is_right(request, request.body, now / 1000);
  if (!right && dialect_->fetches_key()) {
    if (auto busy = co_await get_ready(true)) co_return std::move(*busy);
    right = dialect_->is_right(request, request.body, now / 1000);
  }
  if (!right) co_return refuse(request, 401, "the signature or token is not this hook's", "");
  const auto shared = std::make_shared<const web::Request>(std::move(request));
  auto answered = co_await within<web::Response>(answer_within, work(shared, sink));
  if (answered && *answered) co_return std::move(**answered);
  if (on_gap_) on_gap_();
  const std::string why =
      answered ? answered->error().what : "the store, or a function of the configuration, is behind";
  co_return count(web::busy_response(503, why, come_again), "later");
}

web::Response Receiver::gone() {
  return count(web::busy_response(503, "the source was taken out", come_again), "later");
}

// Failure: it is to come again.
Task<web::Response> Receiver::work(std::shared_ptr<const web::Request> request, Sink& sink) {
  const auto self = shared_from_this();
  const Millis now = environment_.clock.now();
  auto heard = co_await dialect_->hear_slowly(request, now);
  if (!heard) co_return refuse(*request, 400, heard.error().what, dialect_->kind(*request), request->body);
  heard_at_ = now;
  for (const std::string& note : heard->notes)
    environment_.log.info("sources", shape_.source + ": " + heard->kind + ": " + note);
  add_notes(*heard);
  if (!heard->ignored.empty())
    co_return count(json_answer(200, {{"ignored", ellipsize(fold_to_line(valid_utf8(heard->ignored)), 100)}}),
                    "ignored");
  co_return co_await take_delivery(std::move(*heard), sink);
}

}  // namespace carillon::source::hook
