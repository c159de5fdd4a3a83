// The query of a path of the data API: filters, order, limit and offset, as Buildbot's REST API has them.
// Pure.
#pragma once

#include <boost/url/url_view.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "base/result.hpp"

namespace carillon::source::heard {

enum class Comparison { eq, ne, lt, le, gt, ge, contains, in, notin };

// One of a query's conditions; of several values any is meant.
struct Condition {
  std::string field;
  Comparison comparison = Comparison::eq;
  std::vector<std::string> values;

  bool fits(const json::object& object) const;
};

struct DataQuery {
  std::vector<Condition> conditions;
  // A field; with '-' before it downwards.
  std::string order;
  // nullopt: none is given; of objects then 200.
  std::optional<std::size_t> limit;
  std::size_t offset = 0;

  // Failure: rejected, for a filter that is not known.
  static Result<DataQuery> of(const boost::urls::url_view& url);

  bool fits(const json::object& object) const;
  // Those that fit, in order, without members for ourselves (posted_objects.hpp).
  json::array apply(std::vector<json::object> objects) const;

 private:
  Result<void> add(const std::string& name, const std::string& value);
};

bool compares_order(Comparison comparison);

}  // namespace carillon::source::heard
