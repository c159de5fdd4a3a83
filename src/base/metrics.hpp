// Numbers about the running server, in Prometheus' text format (version 0.0.4).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace carillon::metrics {

// Only ever grows. Any thread.
class Counter {
 public:
  void add(std::uint64_t count = 1) { value_.fetch_add(count, std::memory_order_relaxed); }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_ = 0;
};

// How often values up to each bound were seen. Any thread; a reader may see an observation half counted.
class Histogram {
 public:
  // Ascending, without infinity.
  explicit Histogram(std::vector<double> bounds);
  void observe(double value);

  const std::vector<double>& bounds() const { return bounds_; }
  std::uint64_t bucket(std::size_t i) const {
    return buckets_[i].load(std::memory_order_relaxed);
  }  // its own
  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::vector<double> bounds_;
  // One more than bounds.
  std::unique_ptr<std::atomic<std::uint64_t>[]> buckets_;
  std::atomic<double> sum_ = 0;
};

// Seconds from a tenth of a millisecond to an hour, for what is usually quick and sometimes waits.
std::vector<double> time_bounds();

enum class Type { counter, gauge, histogram };

// The text, family by family. Names are literals; label values may be any text: they are escaped, and go
// through `clean` (the Redactor), so that no secret is shown.
class Page {
 public:
  using Labels = std::vector<std::pair<std::string_view, std::string_view>>;
  explicit Page(std::function<std::string(std::string_view)> clean) : clean_(std::move(clean)) {}

  void family(std::string_view name, Type type, std::string_view help);
  // Of the family that was begun last.
  void sample(const Labels& labels, double value);
  void histogram(const Labels& labels, const Histogram& values);

  // A family of one sample without labels.
  void single(std::string_view name, Type type, std::string_view help, double value);

  const std::string& text() const { return text_; }

 private:
  void line(std::string_view suffix, const Labels& labels, double value);

  std::function<std::string(std::string_view)> clean_;
  std::string name_;
  std::string text_;
};

// Counters or histograms of one name, told apart by their labels.
template <class T>
class Family {
 public:
  Family(std::string name, std::string help, std::vector<std::string> labels, std::vector<double> bounds)
      : name_(std::move(name)),
        help_(std::move(help)),
        labels_(std::move(labels)),
        bounds_(std::move(bounds)) {}

  // As many values as the family has labels. The reference stays valid: keep it where it is used often.
  T& of(std::vector<std::string> values = {});
  void write(Page& page) const;

 private:
  std::string name_, help_;
  std::vector<std::string> labels_;
  std::vector<double> bounds_;
  mutable std::mutex mutex_;
  std::map<std::vector<std::string>, std::unique_ptr<T>> members_;
};

// Owns families; the references it returns live as long as it does. Made by the composition root.
class Registry {
 public:
  Family<Counter>& counters(std::string name, std::string help, std::vector<std::string> labels = {});
  Family<Histogram>& histograms(std::string name, std::string help, std::vector<double> bounds,
                                std::vector<std::string> labels = {});
  void write(Page& page) const;

 private:
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Family<Counter>>> counters_;
  std::vector<std::unique_ptr<Family<Histogram>>> histograms_;
};

// How Prometheus writes a number: 1, 0.25, +Inf, NaN.
std::string number_text(double value);

}  // namespace carillon::metrics
