// Brings reports to the server.
#pragma once

#include <chrono>

#include "exec/box.hpp"
#include "transport/http.hpp"

namespace carillon::exec {

class Delivery {
 public:
  // All outlive it. url: the server's, as the user gave it; of several nodes (with commas between them) one
  // that answers is asked.
  Delivery(http::Client& client, std::string url, Secret token, Box& box, Box::Say say);

  // One try: what the server says to these lines.
  Task<void> post(std::string lines);

  // One try to send all that the box holds for this server, the oldest first, unless another process is at
  // it. What the server refuses for good is set aside, and the user is told. Failure: the rest has to wait.
  Task<void> send_all();

  // Tries until the box holds nothing more for this server (as far as `name` is concerned: it alone counts
  // while another process sends), or `patience` has passed without progress, or `limit` in all. Failure: why
  // it waits.
  Task<void> insist(const std::string& name, std::chrono::milliseconds patience,
                    std::chrono::milliseconds limit);

  // Until cancelled, or it has got through: sends what the box holds, then these lines.
  asio::awaitable<void> tell(std::string lines, bool& told);

 private:
  Task<void> post_to(std::string url, std::string lines);

  http::Client& client_;
  // At least one; the one that is asked first.
  std::vector<std::string> ingest_;
  std::size_t answering_ = 0;
  Secret token_;
  Box& box_;
  Box::Say say_;
  std::size_t sent_ = 0;
  // Another process was sending.
  bool busy_ = false;
};

// "http://host/carillon", "http://host/carillon/" and the address itself (".../ingest") have one address for
// reports.
std::string ingest_url(std::string_view server);
// Of several, with commas or blanks between them: theirs, with commas.
std::string ingest_urls(std::string_view servers);

}  // namespace carillon::exec
