// Builders by revisions: a table; on a phone each builder is a card of its revisions.
#include <array>

#include "dashboard/api.hpp"
#include "dashboard/grid.hpp"
#include "dashboard/words.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::size_t short_revision = 8;
constexpr std::array<std::string_view, 1> grid_fields{"branch"};

std::string shortened(const std::string& revision) {
  const bool is_commit = revision.find_first_not_of("0123456789abcdef") == std::string::npos;
  return is_commit ? revision.substr(0, short_revision) : revision;
}

Html cell_of(const store::ListedBuild& build, const Grid::Revision& revision, const Links& links) {
  const std::string number = "#" + std::to_string(build.run.number);
  const std::string title =
      number + " " + std::string(word(build.results)) + ", " + shortened(revision.revision);
  return html(
      R"(<td><a href="{}" title="{}" aria-label="{}">{} {}</a><small class="on-card dim"> {}</small></td>)",
      links.build(build.event.source, build.builder, build.run), title, title, sign(build.results), number,
      shortened(revision.revision));
}

Html table_of(const Grid& grid, const Links& links, Millis now) {
  Html head = html(R"(<th scope="col">Builder</th>)");
  for (const Grid::Revision& one : grid.revisions) {
    head += html(R"(<th scope="col"><span title="{}">{}</span><small>{} {}</small></th>)", one.revision,
                 shortened(one.revision), one.branch, ago(one.at, now));
  }
  Html rows;
  for (const Grid::Row& row : grid.rows) {
    Html cells;
    for (std::size_t i = 0; i < row.builds.size(); ++i)
      cells += row.builds[i] ? cell_of(*row.builds[i], grid.revisions[i], links) : html("<td></td>");
    rows +=
        html(R"(<tr><td><a href="{}">{}</a></td>{}</tr>)", links.builder(row.builder), row.builder, cells);
  }
  return html(
      R"(<div class="wide" tabindex="0" role="group" aria-label="builders by revisions"><table class="rows"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>)",
      head, rows);
}

Html branch_form(const std::string& branch) {
  return html(
      R"(<form class="filter"><label>branch <input name="branch" value="{}"></label><button>Show</button></form>)",
      branch);
}

Html grid_main(const Grid& grid, const std::string& branch, const Links& links, Millis now) {
  const Html rows = grid.rows.empty() ? html("<p>None of the newest builds tells of a revision{}.</p>",
                                             branch.empty() ? std::string() : " of the branch " + branch)
                                      : table_of(grid, links, now);
  const Html cut = grid.cut ? html("<p>There are more builders than these.</p>") : Html();
  return html("<h1>Grid</h1>{}{}{}", branch_form(branch), rows, cut);
}

}  // namespace

void add_grid(std::vector<Place>& places, const World& world) {
  places.push_back(
      {"GET", "/grid", access::Role::viewer, [world](Asked asked) -> asio::awaitable<web::Response> {
         const Millis now = world.clock.now();
         const std::string branch = asked.query.text("branch");
         co_return co_await look(
             world, asked, [&](store::Ledger& ledger) { return grid_of(ledger, branch); },
             [&](const Grid& grid) {
               Page page;
               page.title = "Grid";
               page.topics = "builds";
               page.main =
                   unknown_fields(asked, grid_fields) + grid_main(grid, branch, world.site.links(), now);
               return world.site.show(page, asked);
             },
             branch_form(branch));
       }});
  places.push_back(api_get("grid", grid_fields, [world](Asked asked) -> asio::awaitable<web::Response> {
    const std::string branch = asked.query.text("branch");
    co_return co_await tell(world, asked, [&](store::Ledger& ledger) -> json::value {
      return to_json(grid_of(ledger, branch), branch);
    });
  }));
}

}  // namespace carillon::dashboard
