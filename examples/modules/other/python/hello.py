"""Says hello to the name in its input."""

import json
import sys

from wit_world import exports


class Run(exports.Run):
    def run(self) -> None:
        name = json.load(sys.stdin)["name"]
        json.dump({"greeting": f"Hello, {name}!"}, sys.stdout)
