// A gate that lets only a few through at once, in the order of asking.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <memory>

namespace carillon {

class Gate {
 public:
  explicit Gate(std::size_t places);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // A place: it is free again when the last copy is gone, also after the gate.
  using Place = std::shared_ptr<void>;
  // Resumes with a place. Everything on the io_context thread.
  boost::asio::awaitable<Place> enter();

 private:
  class State;
  std::shared_ptr<State> state_;
};

}  // namespace carillon
