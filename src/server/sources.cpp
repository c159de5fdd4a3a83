#include "server/sources.hpp"

#include "source/alertmanager/alertmanager.hpp"
#include "source/appveyor/appveyor.hpp"
#include "source/azure/azure.hpp"
#include "source/bitbucket/bitbucket.hpp"
#include "source/buildbot/buildbot.hpp"
#include "source/buildkite/buildkite.hpp"
#include "source/cctray/cctray.hpp"
#include "source/cdevents/cdevents.hpp"
#include "source/circleci/circleci.hpp"
#include "source/concourse/concourse.hpp"
#include "source/drone/drone.hpp"
#include "source/generic/generic.hpp"
#include "source/gitea/gitea.hpp"
#include "source/github/github.hpp"
#include "source/gitlab/gitlab.hpp"
#include "source/hydra/hydra.hpp"
#include "source/jenkins/jenkins.hpp"
#include "source/ping/ping.hpp"
#include "source/push/push.hpp"
#include "source/teamcity/teamcity.hpp"
#include "source/travis/travis.hpp"
#include "source/woodpecker/woodpecker.hpp"

namespace carillon::server {

std::vector<SourceKind> source_kinds() {
  return {
      {source::alertmanager::schema(), source::alertmanager::make},
      {source::appveyor::schema(), source::appveyor::make},
      {source::azure::schema(), source::azure::make},
      {source::bitbucket::schema(), source::bitbucket::make},
      {source::buildbot::schema(), source::buildbot::make},
      {source::buildkite::schema(), source::buildkite::make},
      {source::cctray::schema(), source::cctray::make},
      {source::cdevents::schema(), source::cdevents::make},
      {source::circleci::schema(), source::circleci::make},
      {source::concourse::schema(), source::concourse::make},
      {source::drone::schema(), source::drone::make},
      {source::generic::schema(), source::generic::make},
      {source::gitea::forgejo_schema(), source::gitea::make},
      {source::gitea::schema(), source::gitea::make},
      {source::github::schema(), source::github::make},
      {source::gitlab::schema(), source::gitlab::make},
      {source::hydra::schema(), source::hydra::make},
      {source::jenkins::schema(), source::jenkins::make},
      {source::ping::schema(), source::ping::make},
      {source::push::schema(), source::push::make},
      {source::teamcity::schema(), source::teamcity::make},
      {source::travis::schema(), source::travis::make},
      {source::woodpecker::schema(), source::woodpecker::make},
  };
}

std::vector<settings::Schema> source_schemas() {
  std::vector<settings::Schema> schemas;
  for (const SourceKind& kind : source_kinds())
    schemas.push_back(kind.schema);
  return schemas;
}

}  // namespace carillon::server
