#include "source/hook/hook_source.hpp"

#include "settings/error.hpp"
#include "source/hook/asked.hpp"

namespace carillon::source::hook {

HookSource::HookSource(Parts parts, const Environment& environment, const std::string& where)
    : parts_(std::move(parts)), environment_(environment), jobs_(parts_.shape.source, environment.memory) {
  if (parts_.dialect && !environment.serves) {
    throw settings::ConfigError(where +
                                ": a source with a hook needs c['www']['port']: nothing could be posted");
  }
  receiver_ = std::make_shared<Receiver>(parts_.shape, parts_.dialect, parts_.api, environment_, jobs_);
  if (environment.journal) queries_ = std::make_unique<Asked>(name(), url(), environment.journal, parts_.api);
}

HookSource::~HookSource() = default;

Queries* HookSource::queries() {
  return queries_.get();
}

std::vector<Endpoint> HookSource::endpoints(Sink& sink) {
  std::vector<Endpoint> all;
  if (!parts_.dialect) return all;
  for (const Dialect::Path& path : parts_.dialect->paths(name()))
    all.push_back({path.method, path.path, receiver_->route(path, sink)});
  return all;
}

std::optional<LinkState> HookSource::link_state() const {
  if (!catch_up_) return std::nullopt;
  return catch_up_->link();
}

std::optional<Millis> HookSource::heard_at() const {
  return receiver_->heard_at();
}

std::optional<std::int64_t> HookSource::quota_left() const {
  return parts_.api ? parts_.api->quota_left() : std::nullopt;
}

std::vector<std::string> HookSource::setup(const std::string& base) const {
  std::vector<std::string> lines;
  if (parts_.dialect) {
    std::string path;
    for (const Dialect::Path& one : parts_.dialect->paths(name())) {
      if (path.empty()) path = one.path;
    }
    lines = parts_.dialect->advice(base + path.substr(1));
  }
  if (parts_.dialect && !parts_.api)
    lines.emplace_back("without a token of its API, deliveries that are lost stay lost");
  return lines;
}

asio::awaitable<void> HookSource::run(Sink& sink) {
  const auto self = shared_from_this();
  if (!parts_.api) {
    for (;;) {
      if (auto tidied = co_await jobs_.tidy(environment_.clock.now()); !tidied)
        environment_.log.warning("sources", name() + ": old jobs stay: " + tidied.error().what);
      co_await sleep_for(std::chrono::hours(1));
    }
  }
  catch_up_ = std::make_unique<CatchUp>(name(), parts_.api, receiver_, environment_, parts_.every,
                                        parts_.dialect != nullptr);
  receiver_->on_gap([this] { catch_up_->gap(); });
  co_await catch_up_->run(sink);
}

}  // namespace carillon::source::hook
