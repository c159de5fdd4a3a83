#include "transport/curl_upload.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>
#include <utility>

namespace carillon::http {

CurlUpload::CurlUpload(asio::any_io_executor executor, std::shared_ptr<Body> body)
    : executor_(std::move(executor)), body_(std::move(body)) {}

void CurlUpload::attach(CURL* easy) {
  easy_ = easy;
  curl_easy_setopt(easy, CURLOPT_READFUNCTION, &CurlUpload::on_read);
  curl_easy_setopt(easy, CURLOPT_READDATA, this);
  curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, &CurlUpload::on_seek);
  curl_easy_setopt(easy, CURLOPT_SEEKDATA, this);
}

void CurlUpload::detach() {
  if (easy_ == nullptr) return;
  curl_easy_setopt(easy_, CURLOPT_READFUNCTION, nullptr);
  curl_easy_setopt(easy_, CURLOPT_READDATA, nullptr);
  curl_easy_setopt(easy_, CURLOPT_SEEKFUNCTION, nullptr);
  curl_easy_setopt(easy_, CURLOPT_SEEKDATA, nullptr);
  easy_ = nullptr;
}

std::size_t CurlUpload::on_read(char* out, std::size_t size, std::size_t count, void* self) {
  auto& upload = *static_cast<CurlUpload*>(self);
  if (!upload.failure_.empty()) return CURL_READFUNC_ABORT;
  if (upload.piece_.empty()) {
    if (upload.ended_) return 0;
    upload.paused_ = true;
    upload.fetch();
    return CURL_READFUNC_PAUSE;
  }
  const std::size_t taken = std::min(size * count, upload.piece_.size());
  std::copy_n(upload.piece_.data(), taken, out);
  upload.piece_.remove_prefix(taken);
  return taken;
}

int CurlUpload::on_seek(void* self, curl_off_t offset, int origin) {
  auto& upload = *static_cast<CurlUpload*>(self);
  if (offset != 0 || origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  upload.piece_ = {};
  upload.ended_ = false;
  upload.rewind_ = true;
  return CURL_SEEKFUNC_OK;
}

void CurlUpload::fetch() {
  if (reading_) return;
  reading_ = true;
  asio::co_spawn(executor_, read(shared_from_this()), or_end);
}

asio::awaitable<void> CurlUpload::read(std::shared_ptr<CurlUpload> self) {
  // curl is told first that it must wait: a body may have its next piece at once.
  co_await asio::post(self->executor_, asio::use_awaitable);
  Result<std::string_view> piece;
  do {
    if (std::exchange(self->rewind_, false)) {
      const auto begun = co_await self->body_->begin();
      if (!begun) {
        piece = failed(begun);
        break;
      }
    }
    piece = co_await self->body_->read();
  } while (self->rewind_);  // meanwhile
  self->reading_ = false;
  if (self->easy_ == nullptr) co_return;
  if (!piece) {
    self->failure_ = piece.error().what;
  } else {
    self->piece_ = *piece;
    self->ended_ = piece->empty();
  }
  if (std::exchange(self->paused_, false)) curl_easy_pause(self->easy_, CURLPAUSE_CONT);
}

}  // namespace carillon::http
