"""/docs, the API's description as a page, and /static, what pages load. No other host is asked."""

import hashlib
from pathlib import Path
from string import Template

import msgspec

from smsledger.errors import NotFound
from smsledger.web.call import Answer, Call, Resource

FOLDER = Path(__file__).parent / "static"
# Swagger UI draws its arrows from data: URLs in its style sheet; everything else is a file of ours.
POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_FOREVER = b"public, max-age=31536000, immutable"
_ASK_AGAIN = b"no-cache"
_TYPES = {
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}
_LOADED = {
    "icon": "icon.svg",
    "theme": "swagger-ui/swagger-ui.css",
    "style": "docs.css",
    "bundle": "swagger-ui/swagger-ui-bundle.js",
    "script": "docs.js",
}


class _File(msgspec.Struct, frozen=True):
    content_type: bytes
    body: bytes
    digest: bytes

    @property
    def tag(self) -> bytes:
        """Weak: the file may travel compressed."""
        return b'W/"%s"' % self.digest


class Files(Resource):
    """The files of a folder and of those within it, held in memory: no other can be asked for.

    Only kinds of files that a page loads are served, not the licences and notes beside them.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        super().__init__("/static/{file:path}", GET=self.get)
        found = (file for file in sorted(folder.rglob("*")) if file.suffix in _TYPES)
        self._files = {file.relative_to(folder).as_posix(): _read(file) for file in found}

    async def get(self, call: Call) -> Answer:
        """A file, or word that the caller's copy is still good.

        Raises:
            NotFound: there is none of that name.
        """
        file = self._files.get(call.scope["path_params"]["file"])
        if file is None:
            raise NotFound
        by_digest = call.scope["query_string"] == b"v=" + file.digest
        is_kept = file.tag in call.headers.get(b"if-none-match", b"")
        return Answer(
            status=304 if is_kept else 200,
            body=b"" if is_kept else file.body,
            content_type=file.content_type,
            cache_control=_FOREVER if by_digest else _ASK_AGAIN,
            headers=[(b"etag", file.tag), (b"x-content-type-options", b"nosniff")],
        )

    def url(self, name: str) -> str:
        """The address of a file as it is now, relative to a page at the top."""
        return f"static/{name}?v={self._files[name].digest.decode()}"


class Docs:
    """GET /docs."""

    def __init__(self, files: Files) -> None:
        page = Template((FOLDER / "docs.html").read_text())
        self._page = page.substitute({key: files.url(name) for key, name in _LOADED.items()})

    async def get(self, _call: Call) -> Answer:
        """The page; it reads /openapi.json."""
        headers = [
            (b"content-security-policy", POLICY),
            (b"referrer-policy", b"no-referrer"),
            (b"x-content-type-options", b"nosniff"),
        ]
        body = self._page.encode()
        return Answer(body=body, content_type=b"text/html; charset=utf-8", headers=headers)


def _read(file: Path) -> _File:
    body = file.read_bytes()
    digest = hashlib.sha256(body).hexdigest()[:16].encode()
    return _File(_TYPES[file.suffix], body, digest)
