#include "transport/curl_engine.hpp"

#include <sys/epoll.h>

#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <stdexcept>
#include <utility>

namespace carillon::http {
namespace {

constexpr long idle_connections = 256;  // kept open for the next request

int make_epoll() {
  const int descriptor = epoll_create1(EPOLL_CLOEXEC);
  if (descriptor < 0) throw std::runtime_error("cannot make an epoll descriptor");
  return descriptor;
}

}  // namespace

std::shared_ptr<CurlEngine> CurlEngine::make(const asio::any_io_executor& executor, Done done) {
  return std::shared_ptr<CurlEngine>(new CurlEngine(executor, std::move(done)));
}

CurlEngine::CurlEngine(const asio::any_io_executor& executor, Done done)
    : done_(std::move(done)), multi_(nullptr), epoll_(executor, make_epoll()), timer_(executor) {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_ALL);
  multi_ = once == CURLE_OK ? curl_multi_init() : nullptr;
  if (multi_ == nullptr) throw std::runtime_error("cannot initialise libcurl");
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &CurlEngine::on_socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &CurlEngine::on_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, idle_connections);
}

CurlEngine::~CurlEngine() {
  // Closing connections calls back; by now nothing may be armed any more.
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, nullptr);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, nullptr);
  curl_multi_cleanup(multi_);
}

void CurlEngine::add(CURL* easy) {
  if (curl_multi_add_handle(multi_, easy) != CURLM_OK) throw std::logic_error("curl handle added twice");
  ++handles_;
  wait_for_sockets();
}

void CurlEngine::remove(CURL* easy) {
  curl_multi_remove_handle(multi_, easy);
  --handles_;
  settle();
}

void CurlEngine::close() {
  done_ = nullptr;
  timer_.cancel();
  boost::system::error_code ignored;
  epoll_.cancel(ignored);
}

int CurlEngine::on_socket(CURL* /*easy*/, curl_socket_t socket, int what, void* self, void* known) {
  auto& engine = *static_cast<CurlEngine*>(self);
  const int descriptor = engine.epoll_.native_handle();
  if (what == CURL_POLL_REMOVE) {
    epoll_ctl(descriptor, EPOLL_CTL_DEL, socket, nullptr);
    curl_multi_assign(engine.multi_, socket, nullptr);
    return 0;
  }
  epoll_event event{};
  if ((what & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
  if ((what & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
  event.data.fd = socket;
  int error = epoll_ctl(descriptor, known == nullptr ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event);
  // The number may belong to another socket than the one that curl and the kernel last agreed about.
  if (error != 0 && errno == EEXIST) error = epoll_ctl(descriptor, EPOLL_CTL_MOD, socket, &event);
  if (error != 0 && errno == ENOENT) error = epoll_ctl(descriptor, EPOLL_CTL_ADD, socket, &event);
  if (error != 0) return -1;
  if (known == nullptr) curl_multi_assign(engine.multi_, socket, self);
  return 0;
}

int CurlEngine::on_timer(CURLM* /*multi*/, long timeout_ms, void* self) {
  auto& engine = *static_cast<CurlEngine*>(self);
  if (timeout_ms < 0) {
    engine.wanted_.reset();
  } else if (timeout_ms == 0) {
    engine.wanted_.reset();
    engine.kick_soon();
  } else {
    engine.wanted_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(timeout_ms);
    if (!engine.armed_ || *engine.wanted_ < *engine.armed_) engine.arm(*engine.wanted_);
  }
  return 0;
}

void CurlEngine::wait_for_sockets() {
  if (waiting_) return;
  waiting_ = true;
  epoll_.async_wait(asio::posix::stream_descriptor::wait_read,
                    [self = shared_from_this()](const boost::system::error_code& error) {
                      self->waiting_ = false;
                      if (!error) {
                        self->sockets_ready();
                      } else if (self->done_ && self->handles_ > 0) {
                        self->wait_for_sockets();  // cancelled while idle, but something was added since
                      }
                    });
}

void CurlEngine::sockets_ready() {
  std::array<epoll_event, 128> events;
  const int count = epoll_wait(epoll_.native_handle(), events.data(), static_cast<int>(events.size()), 0);
  for (int i = 0; i < count; ++i) {
    int mask = 0;
    if ((events[i].events & (EPOLLIN | EPOLLHUP | EPOLLRDHUP)) != 0) mask |= CURL_CSELECT_IN;
    if ((events[i].events & EPOLLOUT) != 0) mask |= CURL_CSELECT_OUT;
    if ((events[i].events & EPOLLERR) != 0) mask |= CURL_CSELECT_ERR;
    act(events[i].data.fd, mask);
  }
  settle();
}

void CurlEngine::kick_soon() {
  if (kicked_) return;
  kicked_ = true;
  asio::post(timer_.get_executor(), [self = shared_from_this()] {
    self->kicked_ = false;
    if (!self->done_) return;
    self->act(CURL_SOCKET_TIMEOUT, 0);
    self->settle();
  });
}

void CurlEngine::arm(std::chrono::steady_clock::time_point when) {
  armed_ = when;
  timer_.expires_at(when);
  timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
    if (!error && self->done_) self->timer_fired();
  });
}

void CurlEngine::timer_fired() {
  armed_.reset();
  if (!wanted_) return;
  if (*wanted_ > std::chrono::steady_clock::now()) {
    arm(*wanted_);  // curl moved its wish to later and does not repeat it
    return;
  }
  wanted_.reset();
  act(CURL_SOCKET_TIMEOUT, 0);
  settle();
}

void CurlEngine::act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, events, &running);
}

void CurlEngine::settle() {
  int left = 0;
  while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* easy = message->easy_handle;
    const CURLcode code = message->data.result;
    curl_multi_remove_handle(multi_, easy);
    --handles_;
    if (done_) done_(easy, code);
  }
  if (handles_ > 0) {
    wait_for_sockets();
    return;
  }
  if (armed_) {
    armed_.reset();
    timer_.cancel();
  }
  if (waiting_) {
    boost::system::error_code ignored;
    epoll_.cancel(ignored);
  }
}

}  // namespace carillon::http
