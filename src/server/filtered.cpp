#include "server/filtered.hpp"

#include <utility>

#include "reporter/common/texts.hpp"
#include "reporter/common/wrapper.hpp"

namespace carillon::server {
namespace {

using reporter::Details;
using reporter::Reporter;

class Filtered final : public reporter::Wrapping {
 public:
  Filtered(std::shared_ptr<Reporter> inner, settings::ObjectPtr self, std::vector<std::string> methods)
      : Wrapping(std::move(inner)), self_(std::move(self)), methods_(std::move(methods)) {}

  reporter::Needs needs() const override {
    reporter::Needs needs = inner().needs();
    needs.properties = true;
    return needs;
  }

  Task<std::vector<Delivery>> compose(const Details& details) override {
    if (details.plain || details.builds.empty()) co_return co_await inner().compose(details);
    Details chosen = details;
    chosen.builds.clear();
    std::string refusal;
    std::string note;
    for (std::size_t i = 0; i < details.builds.size(); ++i) {
      std::string why = co_await objection(details, details.builds[i], note);
      if (why.empty()) {
        chosen.builds.share(details.builds.shared(i), details.builds.text(i));
      } else {
        refusal = std::move(why);
      }
    }
    if (chosen.builds.empty()) co_return std::vector{skipped(details, std::move(refusal))};
    auto deliveries = co_await inner().compose(chosen);
    if (deliveries && !note.empty()) {
      for (Delivery& delivery : *deliveries)
        delivery.note += (delivery.note.empty() ? "" : "; ") + note;
    }
    co_return deliveries;
  }

 private:
  // Why the build is not wanted; empty: it is.
  asio::awaitable<std::string> objection(const Details& details, const json::object& build,
                                         std::string& note) {
    for (const std::string& method : methods_) {
      json::array args;
      args.emplace_back(build);
      const auto answer = co_await self_->call(method, std::move(args), details.source);
      if (!answer) {
        note = method + " failed, so it counts as a yes: " + answer.error().what;
      } else if (answer->is_null() || (answer->is_bool() && !answer->get_bool())) {
        co_return method + " of " + self_->where() + " said no";
      }
    }
    co_return std::string();
  }

  static Delivery skipped(const Details& details, std::string why) {
    Delivery delivery;
    delivery.key = "filter:" + details.event_id;
    delivery.lane = delivery.key;
    delivery.summary = reporter::build_summary(details.builds.front());
    delivery.note = std::move(why);
    delivery.skip = true;
    return delivery;
  }

  settings::ObjectPtr self_;
  std::vector<std::string> methods_;
};

}  // namespace

std::vector<std::string> filter_methods() {
  return {"filterBuilds", "isBuildReported", "isMessageNeeded"};
}

std::shared_ptr<Reporter> filtered(std::shared_ptr<Reporter> reporter, const settings::ObjectPtr& self) {
  if (self == nullptr) return reporter;
  std::vector<std::string> overridden = filter_methods();
  std::erase_if(overridden, [&](const std::string& method) { return !self->overrides(method); });
  if (overridden.empty()) return reporter;
  return std::make_shared<Filtered>(std::move(reporter), self, std::move(overridden));
}

}  // namespace carillon::server
