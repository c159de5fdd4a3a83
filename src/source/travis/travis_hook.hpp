// What Travis' webhook notifications say, and the key that they are signed with.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/gate.hpp"
#include "source/hook/dialect.hpp"
#include "source/hook/place.hpp"
#include "source/hook/shape.hpp"
#include "transport/http.hpp"

namespace carillon::source::travis {

struct Settings {
  hook::Shape shape;
  hook::Repositories repos;
  // In PEM; empty: the API says it.
  std::string public_key;
  // Ends in '/'.
  std::string api;
  bool verify = true;
};

class TravisHook final : public hook::Dialect {
 public:
  // The reference outlives it.
  TravisHook(Settings settings, http::Client& http) : settings_(std::move(settings)), http_(http) {}

  // Signature: RSA with SHA-1 over the form's field `payload`.
  bool may_be_right(const web::Head& head) const override;
  bool is_right(const web::Head& head, std::string_view body, std::int64_t now) const override;
  // Travis' API tells the key: it is asked once a day, and when a signature is not right, at most once a
  // minute.
  bool fetches_key() const override { return settings_.public_key.empty(); }
  Task<void> get_ready(std::int64_t now, bool was_wrong) const override;
  Result<hook::Heard> hear(const web::Head& head, std::string_view body, Millis now) const override;
  std::vector<std::string> advice(const std::string& url) const override;

 private:
  struct Key {
    Gate gate{1};
    // In PEM; empty: none is known.
    std::string text;
    // When the API was asked last, and when it told one; seconds.
    std::int64_t asked = 0;
    std::int64_t told = 0;
  };
  static Task<void> fetch(std::shared_ptr<Key> key, http::Client& http, http::Request request,
                          std::int64_t now);

  Settings settings_;
  http::Client& http_;
  std::shared_ptr<Key> key_ = std::make_shared<Key>();
};

}  // namespace carillon::source::travis
