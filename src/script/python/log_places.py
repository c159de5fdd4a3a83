"""Where long logs are kept: what c['spool'] says of it."""

from __future__ import annotations

import os
import re
import urllib.parse
from typing import Any

from carillon import _renderables, _waiting
from carillon._properties import Properties
from carillon._types import Data

OF_S3 = ["region", "access_key", "secret_key", "verify"]
OURS = ["dir", "s3", *OF_S3]
# Of the environment, as AWS's own programs read it.
OF_ENVIRONMENT = {"access_key": "AWS_ACCESS_KEY_ID", "secret_key": "AWS_SECRET_ACCESS_KEY"}

_HOST = r"(\[[0-9A-Fa-f:.]+\]|[^/\s?#@:\[\]]+)(:\d{1,5})?"
_BUCKET = rf"https?://{_HOST}/[A-Za-z0-9._-]+(/[A-Za-z0-9._~-]+)*/?"
_HOW = "'https://HOST/BUCKET' or 'https://HOST/BUCKET/PREFIX', of letters, digits and . _ -"


def read(keys: Any, spool: Data) -> Data:
    """What the program is told; "dir" and "s3" are empty where there is none."""
    folder, url = spool.get("dir"), spool.get("s3")
    if folder is not None and url is not None:
        keys.refuse("spool", "names both 'dir' and 's3': long logs go to one of them; take one away")
    if url is None:
        for name in OF_S3:
            if spool.get(name) is not None:
                keys.refuse("spool", f"{name} belongs to 's3', which is missing: {_HOW}")
        return {"dir": _folder(keys, folder), "s3": ""}
    return {"dir": "", **_bucket(keys, spool, url)}


def _folder(keys: Any, folder: Any) -> str:
    if folder is None:
        return ""
    if not isinstance(folder, str) or not folder:
        keys.refuse("spool", f"dir must be the path of a folder, not {folder!r}")
    return os.path.normpath(keys.session.path_of(folder))


def _bucket(keys: Any, spool: Data, url: Any) -> Data:
    if not isinstance(url, str) or not re.fullmatch(_BUCKET, url, re.ASCII) or re.search(r"/\.\.?(/|$)", url):
        keys.refuse("spool", f"s3 must be {_HOW}, not {_shown(url)!r}")
    verify = spool.get("verify", True)
    if not isinstance(verify, bool):
        keys.refuse("spool", f"verify must be True or False, not {verify!r}")
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1") and verify:
        why = "others can read logs that go over http://: write https://, or 'verify': False beside it, if they may"
        keys.refuse("spool", f"s3: {why}")
    region = spool.get("region")
    if not isinstance(region, str) or not re.fullmatch(r"[A-Za-z0-9-]{1,64}", region, re.ASCII):
        why = "must name the bucket's region, such as 'eu-central-1' (of servers that have none: 'us-east-1')"
        keys.refuse("spool", f"region {why}")
    found = {name: _key(keys, spool.get(name), name) for name in OF_ENVIRONMENT}
    return {"s3": url.rstrip("/"), "region": region, "verify": verify, **found}


def _key(keys: Any, value: Any, name: str) -> str:
    """Nothing of it is shown."""
    if value is None:
        value = os.environ.get(OF_ENVIRONMENT[name])
    if value is None:
        how = f"util.Secret('s3_{name}'), or the environment's {OF_ENVIRONMENT[name]}"
        keys.refuse("spool", f"{name} is missing, one half of the access key: {how}")
    if _renderables.is_renderable(value):
        value = _waiting.at_once(_renderables.render(value, Properties()), f"c['spool'][{name!r}]")
    if not isinstance(value, str) or not re.fullmatch(r"[!-~]+", value):
        keys.refuse("spool", f"{name} must be a text without blanks, one half of the access key")
    if name == "access_key" and re.search(r"[/:,]", value):
        keys.refuse("spool", "access_key must be the name of the key, without / : and ,")
    return value


def _shown(url: Any) -> Any:
    """Without what may be a secret in it."""
    return re.sub(r"//[^/]*@", "//", url.split("?")[0]) if isinstance(url, str) else url
