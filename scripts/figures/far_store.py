"""A store that is far away and quick: it keeps what is put, and answers each request one round trip later.

It knows of S3 what a deploy asks of it, and takes a tenth of moto's time for it, so that what is measured is the deploy.

python scripts/figures/far_store.py 40001 0.05
"""

import asyncio
import sys
from collections.abc import Mapping
from hashlib import md5

EMPTY = b"<ListBucketResult><IsTruncated>false</IsTruncated><KeyCount>0</KeyCount></ListBucketResult>"
MISSING = b"<Error><Code>NoSuchKey</Code></Error>"


class Store:
    """Objects by their paths."""

    def __init__(self, round_trip: float) -> None:
        self._round_trip = round_trip
        self._kept: dict[str, tuple[bytes, str]] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection until it ends."""
        while head := await _head(reader):
            method, path, fields = head
            if "expect" in fields:
                writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            body = await reader.readexactly(int(fields.get("content-length", 0)))
            await asyncio.sleep(self._round_trip)
            status, content = self.answer(method, path, fields, body)
            etag = f'ETag: "{self._kept[path][1]}"\r\n' if path in self._kept else ""
            length = len(content)
            content = b"" if method == "HEAD" else content
            writer.write(f"HTTP/1.1 {status} -\r\n{etag}Content-Length: {length}\r\n\r\n".encode() + content)
        writer.close()

    def answer(self, method: str, path: str, fields: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Return the status and the body of an answer."""
        if "list-type=" in path:
            return 200, EMPTY
        kept = self._kept.get(path)
        if method == "PUT":
            if kept and "if-none-match" in fields:
                return 412, b""
            self._kept[path] = body, md5(body, usedforsecurity=False).hexdigest()
            return 200, b""
        return (200, kept[0]) if kept else (404, MISSING)


async def _head(reader: asyncio.StreamReader) -> tuple[str, str, dict[str, str]] | None:
    """Return the method, the path and the fields of the next request, or None after the last."""
    try:
        line, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    method, path, _ = line.split(" ")
    parts = (one.partition(":") for one in lines if one)
    return method, path, {name.lower(): value.strip() for name, _, value in parts}


async def main(port: int, round_trip: float) -> None:
    """Listen on the port."""
    async with await asyncio.start_server(Store(round_trip).serve, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))
