#include "spool/s3/sending.hpp"

#include <algorithm>
#include <utility>

namespace carillon::spool::s3 {
namespace {

constexpr std::uint64_t most_parts = 10'000;  // S3's limit

// The same place's parts: more of them would be too many.
std::uint64_t part_of(const Place& place, std::uint64_t size) {
  return std::max<std::uint64_t>(place.part, (size + most_parts - 1) / most_parts);
}

// With that much of the file as its body.
Task<void> fill(Call& call, Threads& threads, const File& file, std::uint64_t begin, std::uint64_t end) {
  auto bytes = co_await file.read(begin, end - begin);
  if (!bytes) co_return failed(bytes);
  if (bytes->size() != end - begin) co_return unreachable("a file on its way to S3 ends too early");
  call.body = std::make_shared<const std::string>(std::move(*bytes));
  auto digest = co_await threads.perform<std::string>(
      [body = call.body]() -> Result<std::string> { return digest_of(*body); });
  if (!digest) co_return failed(digest);
  call.digest = std::move(*digest);
  co_return ok();
}

Task<void> send_whole(const Bucket& bucket, Threads& threads, std::string name, const File& file) {
  Call call{.method = "PUT", .name = std::move(name)};
  if (auto filled = co_await fill(call, threads, file, 0, file.size()); !filled) co_return filled;
  const auto sent = co_await bucket.must(std::move(call));
  if (!sent) co_return failed(sent);
  co_return ok();
}

Task<std::vector<std::string>> send_parts(const Bucket& bucket, Threads& threads, std::string name,
                                          std::string id, const File& file) {
  const std::uint64_t part = part_of(bucket.place(), file.size());
  std::vector<std::string> etags;
  for (std::uint64_t begin = 0; begin < file.size(); begin += part) {
    Call call{.method = "PUT",
              .name = name,
              .query = {{"partNumber", std::to_string(etags.size() + 1)}, {"uploadId", id}}};
    auto filled = co_await fill(call, threads, file, begin, std::min(begin + part, file.size()));
    if (!filled) co_return failed(filled);
    const auto sent = co_await bucket.must(std::move(call));
    if (!sent) co_return failed(sent);
    const auto etag = sent->header("etag");
    if (!etag) co_return unreachable("S3: a part of " + name + " was taken without an ETag");
    etags.emplace_back(*etag);
  }
  co_return etags;
}

// An answer that did not arrive may have been one of success.
Task<void> complete(const Bucket& bucket, std::string name, std::string id,
                    const std::vector<std::string>& etags, std::uint64_t size) {
  Call call{.method = "POST", .name = name, .query = {{"uploadId", std::move(id)}}};
  call.body = std::make_shared<const std::string>(complete_text(etags));
  call.digest = digest_of(*call.body);
  const auto answer = co_await bucket.ask(call);
  if (!answer) co_return failed(answer);
  if (answer->refusal.code == "NoSuchUpload") {
    const auto objects = co_await bucket.objects(name, 1, "");
    if (!objects) co_return failed(objects);
    const bool there = !objects->list.empty() && objects->list.front().size == size &&
                       bucket.name_of(objects->list.front().key) == name;
    if (there) co_return ok();
  }
  if (!answer->done()) co_return failed(bucket.explained(call, *answer));
  const auto completed = read_completed(answer->response.body);
  if (!completed) co_return unreachable("S3: the parts of " + name + ": " + completed.error().what);
  co_return ok();
}

Task<std::string> begin_upload(const Bucket& bucket, std::string name) {
  Call call{.method = "POST", .name = name, .query = {{"uploads", ""}}};
  const auto response = co_await bucket.must(std::move(call));
  if (!response) co_return failed(response);
  auto id = read_upload_id(response->body);
  if (!id) co_return unreachable("S3: the beginning of " + name + ": " + id.error().what);
  co_return id;
}

}  // namespace

Task<void> send(const Bucket& bucket, Threads& threads, std::string name, const File& file) {
  if (file.size() <= bucket.place().part)
    co_return co_await send_whole(bucket, threads, std::move(name), file);
  auto id = co_await begin_upload(bucket, name);
  if (!id) co_return failed(id);
  auto etags = co_await send_parts(bucket, threads, name, *id, file);
  Result<void> done = etags ? co_await complete(bucket, name, *id, *etags, file.size()) : failed(etags);
  // Where this fails it is found when it is old.
  if (!done) static_cast<void>(co_await end_upload(bucket, name, *id));
  co_return done;
}

Task<std::vector<Upload>> begun_uploads(const Bucket& bucket) {
  std::vector<Upload> all;
  Uploads page;
  do {
    Call call{.query = {{"prefix", bucket.prefix()}, {"uploads", ""}}};
    if (!page.next_key.empty()) {
      call.query.emplace_back("key-marker", page.next_key);
      call.query.emplace_back("upload-id-marker", page.next_id);
    }
    const auto response = co_await bucket.must(std::move(call));
    if (!response) co_return failed(response);
    auto uploads = read_uploads(response->body);
    if (!uploads) co_return unreachable("S3: the list of uploads: " + uploads.error().what);
    page = std::move(*uploads);
    std::ranges::move(page.list, std::back_inserter(all));
  } while (!page.next_key.empty());
  co_return all;
}

Task<void> end_upload(const Bucket& bucket, std::string name, std::string id) {
  Call call{.method = "DELETE", .name = std::move(name), .query = {{"uploadId", std::move(id)}}};
  const auto answer = co_await bucket.ask(call);
  if (!answer) co_return failed(answer);
  if (!answer->done() && answer->refusal.code != "NoSuchUpload")
    co_return failed(bucket.explained(call, *answer));
  co_return ok();
}

}  // namespace carillon::spool::s3
