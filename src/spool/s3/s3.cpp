#include "spool/s3/s3.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "spool/s3/bucket.hpp"
#include "spool/s3/sending.hpp"
#include "spool/threads.hpp"

namespace carillon::spool::s3 {
namespace {

constexpr std::uint64_t window = std::uint64_t{1} << 20U;  // bytes that are read ahead
constexpr std::size_t page = 1'000;                        // objects of a list: S3 gives no more
constexpr Millis longest_upload = Millis{24} * 3'600'000;

// What reads, writers and the spool have in common; lives as long as one of them.
struct Shared {
  Shared(const asio::any_io_executor& io, http::Client& client, Place place, std::unique_ptr<Folder> folder)
      : bucket(client, std::move(place)), on_the_way(std::move(folder)), threads(io, 1) {}
  Bucket bucket;
  std::unique_ptr<Folder> on_the_way;
  // That are in the folder now, or being sent.
  std::multiset<std::string> under_way;
  Threads threads;
};

class S3File final : public File {
 public:
  S3File(std::shared_ptr<Shared> shared, std::string name, Object object)
      : shared_(std::move(shared)), name_(std::move(name)), object_(std::move(object)) {}

  std::uint64_t size() const override { return object_.size; }

  Task<std::string> read(std::uint64_t offset, std::size_t bytes) const override {
    const std::uint64_t begin = std::min(offset, object_.size);
    const std::uint64_t end = begin + std::min<std::uint64_t>(bytes, object_.size - begin);
    if (begin == end) co_return std::string();
    if (begin < held_from_ || end > held_from_ + held_.size()) {
      auto got = co_await fetch(begin, std::max(end, std::min(begin + window, object_.size)));
      if (!got) co_return failed(got);
      held_ = std::move(*got);
      held_from_ = begin;
    }
    co_return held_.substr(begin - held_from_, end - begin);
  }

 private:
  Task<std::string> fetch(std::uint64_t begin, std::uint64_t end) const {
    Call call;
    call.name = name_;
    call.headers = {{"If-Match", object_.etag},
                    {"Range", "bytes=" + std::to_string(begin) + "-" + std::to_string(end - 1)}};
    call.max_body = end - begin;
    auto answer = co_await shared_->bucket.ask(call);
    if (!answer) co_return failed(answer);
    const int status = answer->response.status;
    if (status == 412 || answer->refusal.code == "NoSuchKey")
      co_return unreachable("the long log " + name_ + " was removed from the bucket while it was read");
    if (!answer->done()) co_return failed(shared_->bucket.explained(call, *answer));
    if (answer->response.body.size() != end - begin)
      co_return unreachable("S3: not as many bytes of " + name_ + " as were asked for");
    co_return std::move(answer->response.body);
  }

  std::shared_ptr<Shared> shared_;
  std::string name_;
  Object object_;
  // What was read last.
  mutable std::string held_;
  mutable std::uint64_t held_from_ = 0;
};

class S3Writer final : public Writer {
 public:
  S3Writer(std::shared_ptr<Shared> shared, const std::string& name)
      : shared_(std::move(shared)),
        name_(name),
        at_(shared_->under_way.insert(name)),
        writer_(shared_->on_the_way->create(name)) {}
  ~S3Writer() override { shared_->under_way.erase(at_); }
  S3Writer(const S3Writer&) = delete;
  S3Writer& operator=(const S3Writer&) = delete;

  Task<void> write_at(std::uint64_t offset, std::string bytes) override {
    return writer_->write_at(offset, std::move(bytes));
  }

  Task<void> finish(std::uint64_t size) override {
    if (auto done = co_await writer_->finish(size); !done) co_return done;
    auto file = co_await shared_->on_the_way->open(name_, size);
    // It is read to its end all the same; and nothing stays of it, whenever the process ends.
    auto removed = co_await shared_->on_the_way->remove({name_});
    if (!file) co_return failed(file);
    if (!removed) co_return removed;
    if (*file == nullptr)
      co_return unreachable("the long log " + name_ + " was removed while it was written");
    co_return co_await send(shared_->bucket, shared_->threads, name_, **file);
  }

 private:
  std::shared_ptr<Shared> shared_;
  std::string name_;
  std::multiset<std::string>::iterator at_;
  std::unique_ptr<Writer> writer_;
};

class S3Spool final : public Spool {
 public:
  S3Spool(const asio::any_io_executor& io, http::Client& client, Place place, std::unique_ptr<Folder> folder)
      : shared_(std::make_shared<Shared>(io, client, std::move(place), std::move(folder))) {}

  std::unique_ptr<Writer> create(const std::string& name) override {
    return std::make_unique<S3Writer>(shared_, name);
  }

  // By the list: a HEAD that finds nothing does not say whether it is the bucket that is missing.
  Task<std::shared_ptr<const File>> open(std::string name, std::uint64_t size) override {
    using Found = std::shared_ptr<const File>;
    auto objects = co_await shared_->bucket.objects(name, 1, "");
    if (!objects) co_return failed(objects);
    if (objects->list.empty()) co_return Found();
    Object& first = objects->list.front();
    if (shared_->bucket.name_of(first.key) != name || first.size != size) co_return Found();
    co_return Found(std::make_shared<const S3File>(shared_, std::move(name), std::move(first)));
  }

  Task<std::vector<Entry>> entries() override {
    if (auto tidied = co_await tidy_folder(); !tidied) co_return failed(tidied);
    if (auto ended = co_await end_old_uploads(); !ended) co_return failed(ended);
    std::vector<Entry> entries;
    std::string next;
    do {
      auto objects = co_await shared_->bucket.objects("", page, std::move(next));
      if (!objects) co_return failed(objects);
      for (const Object& object : objects->list) {
        std::string name = shared_->bucket.name_of(object.key);
        if (is_name(name)) entries.push_back({std::move(name), object.size});
      }
      next = std::move(objects->next);
    } while (!next.empty());
    co_return entries;
  }

  Task<void> remove(std::vector<std::string> names) override {
    for (std::string& name : names) {
      Call call{.method = "DELETE", .name = std::move(name)};
      const auto answer = co_await shared_->bucket.ask(call);
      if (!answer) co_return failed(answer);
      if (!answer->done() && answer->refusal.code != "NoSuchKey")
        co_return failed(shared_->bucket.explained(call, *answer));
    }
    co_return ok();
  }

 private:
  // Of what a process left that ended, its own Folder removes what was not finished.
  Task<void> tidy_folder() {
    auto left = co_await shared_->on_the_way->entries();
    if (!left) co_return failed(left);
    std::vector<std::string> names;
    for (Entry& entry : *left) {
      if (!shared_->under_way.contains(entry.name)) names.push_back(std::move(entry.name));
    }
    co_return co_await shared_->on_the_way->remove(std::move(names));
  }

  Task<void> end_old_uploads() {
    auto uploads = co_await begun_uploads(shared_->bucket);
    if (!uploads) co_return failed(uploads);
    const Millis now = SystemClock().now();
    for (const Upload& upload : *uploads) {
      const std::string name = shared_->bucket.name_of(upload.key);
      // A server that does not know `prefix` lists those of others, too.
      if (!is_name(name) || shared_->under_way.contains(name) || now - upload.begun < longest_upload)
        continue;
      if (auto ended = co_await end_upload(shared_->bucket, name, upload.id); !ended) co_return ended;
    }
    co_return ok();
  }

  std::shared_ptr<Shared> shared_;
};

}  // namespace

std::unique_ptr<Spool> open(const asio::any_io_executor& io, http::Client& client, Place place,
                            std::unique_ptr<Folder> on_the_way) {
  return std::make_unique<S3Spool>(io, client, std::move(place), std::move(on_the_way));
}

Task<std::string> claim(http::Client& client, Place place, std::string name, std::string mine) {
  const Bucket bucket(client, std::move(place));
  const Call look{.name = std::move(name)};
  auto found = co_await bucket.ask(look);
  if (!found) co_return failed(found);
  if (found->refusal.code == "NoSuchKey") {
    if (mine.empty()) co_return std::string();
    Call write{.method = "PUT", .name = look.name, .headers = {{"If-None-Match", "*"}}};
    write.body = std::make_shared<const std::string>(mine);
    write.digest = digest_of(mine);
    const auto written = co_await bucket.ask(write);
    if (!written) co_return failed(written);
    // Another one was first: it is looked at again.
    const int status = written->response.status;
    if (!written->done() && status != 409 && status != 412)
      co_return failed(bucket.explained(write, *written));
    found = co_await bucket.ask(look);
    if (!found) co_return failed(found);
  }
  if (!found->done()) co_return failed(bucket.explained(look, *found));
  co_return std::move(found->response.body);
}

}  // namespace carillon::spool::s3
