"""A certificate authority of one test and a server certificate for the loopback."""

import ssl
import subprocess
from pathlib import Path


class Certificates:
    """Files made by the openssl command: `ca` (trust this), `certificate`, `key`.

    The server certificate is for localhost and 127.0.0.1, valid for two days.
    """

    def __init__(self, folder, names="DNS:localhost,IP:127.0.0.1"):
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        self.ca = folder / "ca.pem"
        self.certificate = folder / "server.pem"
        self.key = folder / "server.key"
        ca_key = folder / "ca.key"
        request = folder / "server.csr"
        extensions = folder / "extensions"
        extensions.write_text(f"subjectAltName={names}\nbasicConstraints=CA:FALSE\n")
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        _openssl(
            "req", "-x509", *curve, "-keyout", ca_key, "-out", self.ca, "-days", "2",
            "-subj", "/CN=Carillon test authority",
        )
        _openssl(
            "req", "-new", *curve, "-keyout", self.key, "-out", request, "-subj", "/CN=localhost"
        )
        _openssl(
            "x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial",
            "-days", "2", "-extfile", extensions, "-out", self.certificate,
        )

    def server_context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context

    def client_context(self):
        return ssl.create_default_context(cafile=str(self.ca))


def _openssl(*arguments):
    done = subprocess.run(
        ["openssl", *map(str, arguments)], capture_output=True, text=True, timeout=60
    )
    if done.returncode != 0:
        raise AssertionError(f"openssl {arguments[0]} failed:\n{done.stderr}")
