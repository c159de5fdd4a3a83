#include "access/access.hpp"

namespace carillon::access {
namespace {

Step no_login() {
  Step step;
  step.error = "nobody logs in here";
  return step;
}

}  // namespace

asio::awaitable<Caller> Access::prove(web::Head head) {
  co_return caller(head);
}

bool Access::still(const Caller& then, const web::Head& head, Role needed) {
  const Caller now = caller(head);
  return now.role >= needed && now.who == then.who;
}

asio::awaitable<Step> Access::log_in(web::Head /*head*/, std::string /*user*/, std::string /*password*/,
                                     std::string /*to*/) {
  co_return no_login();
}

asio::awaitable<Step> Access::go_elsewhere(web::Head /*head*/, std::string /*to*/) {
  co_return no_login();
}

asio::awaitable<Step> Access::come_back(web::Head /*head*/, Answer /*answer*/) {
  co_return no_login();
}

asio::awaitable<Step> Access::log_out(web::Head /*head*/) {
  co_return no_login();
}

std::vector<std::string> Access::challenges(const web::Head& /*head*/) const {
  return {"Bearer realm=\"carillon\""};
}

}  // namespace carillon::access
