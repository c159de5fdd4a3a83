"""What a server says of its API, by which its answers are judged."""

import jsonschema
import yaml


class Description:
    """An OpenAPI description."""

    def __init__(self, text):
        self._whole = yaml.safe_load(text)
        self.paths = self._whole["paths"]

    def judge(self, path, method, reply):
        """Fails where the answer is not as it is described."""
        answers = self.paths[path][method]["responses"]
        answer = answers.get(str(reply.status), answers.get("default"))
        if "$ref" in answer:
            answer = self._whole["components"]["responses"][answer["$ref"].rsplit("/", 1)[1]]
        schema = answer["content"]["application/json"]["schema"]
        jsonschema.Draft202012Validator({**schema, "components": self._whole["components"]}).validate(reply.json)
