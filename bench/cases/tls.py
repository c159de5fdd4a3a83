"""Posts over TLS: HttpStatusPush to nginx, which passes them on to the receiver, over https:// and over http://."""

import ends
import peers
from cases import posts
from figures import Figures

from carillon_test.carillon import Carillon
from carillon_test.certificates import Certificates
from carillon_test.services import service

HTTPS = "TLS: Carillon HttpStatusPush to nginx over https"
HTTP = "TLS: the same over http"
RATIOS = [(HTTPS, HTTP)]


def steps(options):
    return [_over_https, _over_http]


def _over_https(options, folder):
    # The certificate is nobody's that the system knows, so that it cannot be verified: with connections that are kept
    # open that is no part of a post.
    return {HTTPS: _run(options, folder, "https", Certificates(folder / "certificates"))}


def _over_http(options, folder):
    return {HTTP: _run(options, folder, "http", None)}


def _run(options, folder, scheme, certificates):
    receiver = ends.Receiver(options.programs, folder)
    try:
        with peers.nginx(folder, passed_to=receiver.port, certificates=certificates) as server:
            url = f"{scheme}://127.0.0.1:{server.port}/"
            carillon = Carillon(
                folder / "carillon", service("HttpStatusPush", serverUrl=url, wantProperties=True, verify=False)
            )
            try:
                carillon.start()
                figures = Figures()
                posts.throughput(options, carillon, receiver, figures, between=server.pids)
                return figures
            finally:
                carillon.close()
                ends.forget_database(carillon)
    finally:
        receiver.stop()


def targets(results):
    return []
