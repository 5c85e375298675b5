"""Put every example of the OpenAPI document through the client that openapi-python-client made from it."""

import importlib
import json
import sys
from pathlib import Path

document = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
models = importlib.import_module("client.models")


def names(value: object) -> object:
    """The value with nothing but the names of its fields: instants are written differently."""
    if isinstance(value, dict):
        return {name: names(each) for name, each in value.items()}
    return [names(each) for each in value] if isinstance(value, list) else None


seen = 0
for path in document["paths"].values():
    for operation in path.values():
        bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
        for content in (body["content"]["application/json"] for body in bodies if "content" in body):
            model = getattr(models, content["schema"].get("$ref", "").rpartition("/")[2], None)
            for example in content.get("examples", {}).values() if model else ():
                read = model.from_dict(example["value"]).to_dict()
                assert names(read) == names(example["value"]), (operation["operationId"], read)
                seen += 1
        module = f"client.api.{operation['tags'][0].lower()}.{operation['operationId']}"
        assert callable(importlib.import_module(module).asyncio_detailed)
assert seen > 50, seen
print(f"{seen} examples go through the Python client and come back")
