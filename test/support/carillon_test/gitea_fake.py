"""A strict stand-in for the API of Gitea's and Forgejo's Actions."""

import re
import time

from carillon_test.chat_fakes import Refusal
from carillon_test.ci_fake import CiFake, only, page

_RUNS = re.compile(r"/api/v1/repos/([^/]+/[^/]+)/actions/(runs|workflows)")
_RUN = re.compile(r"/api/v1/repos/([^/]+/[^/]+)/actions/runs/(\d+)(/jobs)?")
_LOG = re.compile(r"/api/v1/repos/([^/]+/[^/]+)/actions/jobs/(\d+)/logs")


def moment(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))


class GiteaFake(CiFake):
    """`runs` is [run, ...] of acme/bells, newest last; `jobs` {run id: [job, ...]}; `logs` {job id: text}."""

    scheme = "token"
    repository = "acme/bells"

    def __init__(self, forgejo=False):
        self.runs, self.jobs, self.logs = [], {}, {}
        self._forgejo = forgejo
        super().__init__()

    def run(self, ident, ended, **changes):
        """A run of Gitea's that failed at that time, as its hooks and its API have it; kept nowhere."""
        return {
            "id": ident, "display_title": f"Ring {ident}", "path": "peal.yml@refs/heads/main", "event": "push",
            "run_attempt": 0, "run_number": ident, "head_sha": "abc", "head_branch": "main", "status": "completed",
            "conclusion": "failure", "html_url": f"{self.url}acme/bells/actions/runs/{ident}",
            "started_at": moment(ended - 60), "completed_at": moment(ended), "trigger_actor": {"login": "ann"},
            "repository": self._repository(), **changes,
        }

    def forgejo_run(self, ident, ended, **changes):
        return {
            "id": ident, "title": f"Ring {ident}", "repository": self._repository(), "workflow_id": "peal.yml",
            "index_in_repo": ident, "trigger_user": {"login": "ann"}, "prettyref": "main", "commit_sha": "abc",
            "is_fork_pull_request": False, "need_approval": False, "trigger_event": "push", "status": "failure",
            "created": moment(ended - 65), "started": moment(ended - 60), "stopped": moment(ended),
            "html_url": f"{self.url}acme/bells/actions/runs/{ident}", **changes,
        }

    def body_of(self, run, action="completed"):
        """Of the hook that tells of it."""
        return {"action": action, "workflow": {"id": "peal.yml", "name": "Peal"}, "workflow_run": run,
                "repository": self._repository(), "sender": {"login": "ann"}}

    def _repository(self):
        return {"id": 5, "full_name": self.repository, "html_url": f"{self.url}{self.repository}",
                "clone_url": f"{self.url}{self.repository}.git"}

    def answer(self, path, query):
        if (found := _RUNS.fullmatch(path)) and found[1] == self.repository:
            if found[2] == "workflows":
                if self._forgejo:
                    raise Refusal(404, "not found")
                only(query)
                return {"workflows": [{"id": "peal.yml", "name": "Peal"}], "total_count": 1}
            only(query, "limit", "page")
            return {"workflow_runs": page(self.runs[::-1], query, "limit", 50), "total_count": len(self.runs)}
        if (found := _RUN.fullmatch(path)) and found[1] == self.repository:
            if found[3]:
                if self._forgejo:
                    raise Refusal(404, "not found")
                only(query, "limit", "page")
                jobs = self.jobs.get(int(found[2]), [])
                return {"jobs": page(jobs, query, "limit", 50), "total_count": len(jobs)}
            only(query)
            for run in self.runs:
                if run["id"] == int(found[2]):
                    return run
        if (found := _LOG.fullmatch(path)) and int(found[2]) in self.logs:
            return self.logs[int(found[2])].encode()
        raise Refusal(404, "not found")
