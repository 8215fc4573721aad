"""Serves the plain Python functions of a file over HTTP.

The file itself needs nothing of this package: every public function in it is served, with
the types of its annotations. What is here is for those who want more of it: another name
or deadline (`function`), and what a `handler` is given and may return (`Request`,
`Response`).
"""

from starlette.responses import Response

from .declared import function
from .handler import Request

__version__ = "0.1.0"
__all__ = ["Request", "Response", "__version__", "function"]
