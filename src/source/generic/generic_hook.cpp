#include "source/generic/generic_hook.hpp"

#include <algorithm>
#include <array>

#include "source/credentials.hpp"
#include "source/hook/body.hpp"

namespace carillon::source::generic {
namespace {

constexpr std::string_view id_header = "idempotency-key";

// The headers that a mapping may look at: none that lets anybody in.
json::object plain_headers(const web::Head& head, const std::optional<hook::SignedHeader>& hmac) {
  constexpr std::array hidden =
      std::to_array<std::string_view>({"authorization", "cookie", "proxy-authorization"});
  json::object headers;
  for (const auto& [name, value] : head.headers) {
    if (std::ranges::find(hidden, name) == hidden.end() && (!hmac || hmac->header != name))
      headers[name] = value;
  }
  return headers;
}

}  // namespace

bool GenericHook::may_be_right(const web::Head& head) const {
  if (settings_->hmac) return hook::may_be_signed(head, *settings_->hmac);
  if (lets_anybody_in(settings_->tokens)) return true;
  const auto token = shown_token(head.authorization);
  return token && is_one_of(*token, settings_->tokens);
}

bool GenericHook::is_right(const web::Head& head, std::string_view body, std::int64_t /*now*/) const {
  return settings_->hmac ? hook::is_signed(head, *settings_->hmac, body, settings_->tokens)
                         : may_be_right(head);
}

Result<GenericHook::Opened> GenericHook::open(const web::Head& head, std::string_view body) const {
  auto object = hook::read_object(head, body);
  if (!object) return failed(object);
  Opened opened;
  opened.body = std::move(*object);
  opened.headers = plain_headers(head, settings_->hmac);
  return opened;
}

hook::Heard GenericHook::before(const web::Head& head, const Opened& opened) const {
  hook::Heard heard;
  heard.kind = "a post";
  heard.delivery = web::header(head, id_header);
  heard.ignored = unmet(settings_->mapping, opened.scope());
  return heard;
}

Result<hook::Heard> GenericHook::with(hook::Heard heard, const Opened& opened, const Called& called,
                                      Millis now) const {
  auto made = heard_of(settings_->mapping, opened.scope(), called, heard.delivery, now);
  if (!made) return failed(made);
  heard.ignored = std::move(made->ignored);
  heard.notes = std::move(made->notes);
  if (made->run) heard.runs.push_back(std::move(*made->run));
  return heard;
}

Result<hook::Heard> GenericHook::hear(const web::Head& head, std::string_view body, Millis now) const {
  const auto opened = open(head, body);
  if (!opened) return failed(opened.error());
  hook::Heard heard = before(head, *opened);
  if (!heard.ignored.empty()) return heard;
  return with(std::move(heard), *opened, {}, now);
}

Task<hook::Heard> GenericHook::hear_slowly(std::shared_ptr<const web::Request> request, Millis now) const {
  const std::shared_ptr<const Settings> settings = settings_;
  const auto opened = open(*request, request->body);
  if (!opened) co_return failed(opened.error());
  hook::Heard heard = before(*request, *opened);
  if (!heard.ignored.empty()) co_return heard;
  Called called;
  for (const Fields* fields : {&settings->mapping.fields, &settings->mapping.properties}) {
    for (const auto& [field, ways] : *fields) {
      for (const Way& way : ways) {
        const auto* function = std::get_if<settings::ObjectPtr>(&way);
        if (function == nullptr) continue;
        auto value = co_await (*function)->call("", json::array{opened->body}, settings->shape.source);
        if (!value) {
          value.error().what.insert(0, field + ": ");
          co_return failed(value);
        }
        called[&way] = std::move(*value);
      }
    }
  }
  co_return with(std::move(heard), *opened, called, now);
}

std::vector<std::string> GenericHook::advice(const std::string& url) const {
  std::vector<std::string> lines = {"POST to " + url, "Content-Type: application/json"};
  lines.push_back(settings_->hmac ? settings_->hmac->header + ": the signature, with the key of token="
                                  : "Authorization: Bearer TOKEN, that of token=");
  if (!settings_->mapping.fields.contains("id"))
    lines.emplace_back("Idempotency-Key: one for each build, as the mapping has no id");
  return lines;
}

}  // namespace carillon::source::generic
