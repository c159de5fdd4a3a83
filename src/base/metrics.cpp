#include "base/metrics.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/encoding.hpp"

namespace carillon::metrics {
namespace {

std::string_view word(Type type) {
  switch (type) {
    case Type::counter:
      return "counter";
    case Type::gauge:
      return "gauge";
    case Type::histogram:
      return "histogram";
  }
  return "untyped";
}

std::string escaped(std::string_view text, bool quotes) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

Histogram::Histogram(std::vector<double> bounds)
    : bounds_(std::move(bounds)),
      buckets_(std::make_unique<std::atomic<std::uint64_t>[]>(bounds_.size() + 1)) {}

void Histogram::observe(double value) {
  const auto at = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  buckets_[static_cast<std::size_t>(at - bounds_.begin())].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::vector<double> time_bounds() {
  return {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
          0.25,   0.5,     1,      2.5,   5,      10,    30,   60,    300,  3600};
}

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end};
}

void Page::family(std::string_view name, Type type, std::string_view help) {
  name_ = name;
  text_ += "# HELP " + name_ + " " + escaped(help, false) + "\n";
  text_ += "# TYPE " + name_ + " " + std::string(word(type)) + "\n";
}

void Page::sample(const Labels& labels, double value) {
  line("", labels, value);
}

void Page::histogram(const Labels& labels, const Histogram& values) {
  Labels with_bound = labels;
  with_bound.emplace_back("le", "");
  std::uint64_t count = 0;
  for (std::size_t i = 0; i <= values.bounds().size(); ++i) {
    count += values.bucket(i);
    const std::string bound = i < values.bounds().size() ? number_text(values.bounds()[i]) : "+Inf";
    with_bound.back().second = bound;
    line("_bucket", with_bound, static_cast<double>(count));
  }
  line("_sum", labels, values.sum());
  line("_count", labels, static_cast<double>(count));
}

void Page::single(std::string_view name, Type type, std::string_view help, double value) {
  family(name, type, help);
  sample({}, value);
}

void Page::line(std::string_view suffix, const Labels& labels, double value) {
  text_ += name_;
  text_ += suffix;
  char before = '{';
  for (const auto& [name, label] : labels) {
    text_ += before;
    text_ += name;
    text_ += "=\"";
    text_ += escaped(valid_utf8(name == "le" ? std::string(label) : clean_(label)), true);
    text_ += '"';
    before = ',';
  }
  if (before == ',') text_ += '}';
  text_ += ' ';
  text_ += number_text(value);
  text_ += '\n';
}

template <class T>
T& Family<T>::of(std::vector<std::string> values) {
  values.resize(labels_.size());
  const std::lock_guard lock(mutex_);
  auto& member = members_[std::move(values)];
  if (!member) {
    if constexpr (std::is_same_v<T, Histogram>) {
      member = std::make_unique<T>(bounds_);
    } else {
      member = std::make_unique<T>();
    }
  }
  return *member;
}

template <class T>
void Family<T>::write(Page& page) const {
  const std::lock_guard lock(mutex_);
  constexpr bool counts = std::is_same_v<T, Counter>;
  page.family(name_, counts ? Type::counter : Type::histogram, help_);
  for (const auto& [values, member] : members_) {
    Page::Labels labels;
    for (std::size_t i = 0; i < labels_.size(); ++i)
      labels.emplace_back(labels_[i], values[i]);
    if constexpr (counts) {
      page.sample(labels, static_cast<double>(member->value()));
    } else {
      page.histogram(labels, *member);
    }
  }
}

template class Family<Counter>;
template class Family<Histogram>;

Family<Counter>& Registry::counters(std::string name, std::string help, std::vector<std::string> labels) {
  const std::lock_guard lock(mutex_);
  counters_.push_back(std::make_unique<Family<Counter>>(std::move(name), std::move(help), std::move(labels),
                                                        std::vector<double>()));
  return *counters_.back();
}

Family<Histogram>& Registry::histograms(std::string name, std::string help, std::vector<double> bounds,
                                        std::vector<std::string> labels) {
  const std::lock_guard lock(mutex_);
  histograms_.push_back(std::make_unique<Family<Histogram>>(std::move(name), std::move(help),
                                                            std::move(labels), std::move(bounds)));
  return *histograms_.back();
}

void Registry::write(Page& page) const {
  const std::lock_guard lock(mutex_);
  for (const auto& family : counters_)
    family->write(page);
  for (const auto& family : histograms_)
    family->write(page);
}

}  // namespace carillon::metrics
