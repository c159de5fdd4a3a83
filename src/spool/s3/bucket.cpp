#include "spool/s3/bucket.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/percent.hpp"

namespace carillon::spool::s3 {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds first_pause{250};
constexpr milliseconds longest_pause{4'000};

// The whole of it in memory, as often as it is asked for.
class Text final : public http::Body {
 public:
  explicit Text(std::shared_ptr<const std::string> text) : text_(std::move(text)) {}
  Task<void> begin() override {
    given_ = false;
    co_return ok();
  }
  std::uint64_t size() const override { return text_->size(); }
  Task<std::string_view> read() override {
    if (std::exchange(given_, true)) co_return std::string_view();
    co_return std::string_view(*text_);
  }

 private:
  std::shared_ptr<const std::string> text_;
  bool given_ = false;
};

// What another try may mend.
bool may_pass(const Answer& answer) {
  const int status = answer.response.status;
  if (status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504)
    return true;
  // A connection that brought its request too slowly.
  return answer.refusal.code == "RequestTimeout";
}

// What people can do, of refusals that a configuration is the cause of; empty: of none of these.
std::string advice(const Refusal& refusal, const std::string& bucket) {
  const auto is = [&](std::string_view code) { return refusal.code == code; };
  if (is("SignatureDoesNotMatch")) return "secret_key is not that of the access_key";
  if (is("InvalidAccessKeyId")) return "there is no such access_key";
  if (is("AccessDenied") || is("AllAccessDisabled"))
    return "the access key may not do this: doc/operation.md says which rights it needs";
  if (is("NoSuchBucket")) return "there is no such bucket: make " + bucket;
  if (is("RequestTimeTooSkewed"))
    return "the clock of this machine and that of the server differ by more than 15 minutes: set them";
  if (is("AuthorizationHeaderMalformed") || is("PermanentRedirect") ||
      is("IllegalLocationConstraintException"))
    return "the bucket is in another region" +
           (refusal.region.empty() ? "" : ": write 'region': '" + refusal.region + "'");
  return {};
}

}  // namespace

std::string digest_of(std::string_view bytes) {
  return hex_encode(sha256(bytes));
}

Bucket::Bucket(http::Client& client, Place place) : client_(client), place_(std::move(place)) {
  const auto host = place_.url.find("://");
  const auto bucket = host == std::string::npos ? host : place_.url.find('/', host + 3);
  const auto end = bucket == std::string::npos ? bucket : place_.url.find('/', bucket + 1);
  if (end == std::string::npos) throw std::invalid_argument("no place in a bucket: " + place_.url);
  bucket_ = place_.url.substr(0, end);
  prefix_ = percent_decode(place_.url.substr(end + 1)) + "/";
}

std::string Bucket::name_of(const std::string& key) const {
  return key.starts_with(prefix_) ? key.substr(prefix_.size()) : "";
}

// libcurl 7.88 signs the query as it stands: S3 counts on names in order, each with a '='.
http::Request Bucket::request_of(const Call& call) const {
  http::Request request;
  request.method = call.method;
  request.url = call.name.empty() ? bucket_ : place_.url + "/" + percent_encode(call.name);
  auto query = call.query;
  std::ranges::sort(query);
  char before = '?';
  for (const auto& [name, value] : query) {
    request.url += before + percent_encode(name) + "=" + percent_encode(value);
    before = '&';
  }
  request.headers = call.headers;
  request.headers.emplace_back("x-amz-content-sha256", call.body ? call.digest : digest_of(""));
  if (call.method == "PUT" || call.method == "POST")
    request.headers.emplace_back("Content-Type", "application/octet-stream");
  if (call.body) request.large_body = std::make_shared<Text>(call.body);
  request.auth = http::Auth{.scheme = http::Auth::Scheme::s3,
                            .user = place_.access_key,
                            .password = place_.secret_key,
                            .region = place_.region};
  request.verify = place_.verify;
  request.timeout = place_.patience;
  request.max_body = call.max_body;
  request.redirects = 0;
  return request;
}

Task<Answer> Bucket::ask(Call call) const {
  const auto end = std::chrono::steady_clock::now() + place_.insists;
  for (milliseconds pause = first_pause;; pause = std::min(2 * pause, longest_pause)) {
    auto response = co_await client_.request(request_of(call));
    Failure failure;
    if (response) {
      Answer answer{.response = std::move(*response)};
      if (!answer.done()) answer.refusal = read_refusal(answer.response.body);
      if (!may_pass(answer)) co_return answer;
      failure = explained(call, answer);
    } else {
      failure = std::move(response.error());
      failure.kind = Failure::Kind::unreachable;
    }
    if (std::chrono::steady_clock::now() + pause >= end) co_return failed(std::move(failure));
    co_await sleep_for(pause);
  }
}

Task<http::Response> Bucket::must(Call call) const {
  auto answer = co_await ask(call);
  if (!answer) co_return failed(answer);
  if (!answer->done()) co_return failed(explained(call, *answer));
  co_return std::move(answer->response);
}

Failure Bucket::explained(const Call& call, const Answer& answer) const {
  const std::string& at = call.name.empty() ? bucket_ : place_.url + "/" + call.name;
  std::string text = "S3: " + call.method + " " + at + ": HTTP " + std::to_string(answer.response.status);
  const Refusal& refusal = answer.refusal;
  if (!refusal.code.empty()) text += " " + refusal.code;
  const std::string what = advice(refusal, bucket_);
  if (!what.empty())
    text += ": " + what;
  else if (!refusal.message.empty())
    text += ": " + refusal.message;
  return {.kind = Failure::Kind::unreachable, .what = std::move(text)};
}

Task<Objects> Bucket::objects(std::string name, std::size_t most, std::string next) const {
  Call call;
  call.query = {{"list-type", "2"}, {"max-keys", std::to_string(most)}, {"prefix", prefix_ + name}};
  if (!next.empty()) call.query.emplace_back("continuation-token", std::move(next));
  const auto response = co_await must(std::move(call));
  if (!response) co_return failed(response);
  auto objects = read_objects(response->body);
  if (!objects) co_return unreachable("S3: the list of " + place_.url + ": " + objects.error().what);
  co_return objects;
}

}  // namespace carillon::spool::s3
