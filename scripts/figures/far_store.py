"""A store that is far away: what is sent to a port goes on to another one half a round trip later, and so do the answers.

python scripts/figures/far_store.py 9000 40001 0.05
"""

import asyncio
import sys


async def main(there: int, here: int, round_trip: float) -> None:
    """Listen on the port `here`, and pass everything on to `there`."""

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        loop = asyncio.get_running_loop()
        while data := await reader.read(65_536):
            loop.call_later(round_trip / 2, writer.write, data)
        loop.call_later(round_trip / 2, writer.close)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        beyond_reader, beyond_writer = await asyncio.open_connection("127.0.0.1", there)
        await asyncio.gather(pass_on(reader, beyond_writer), pass_on(beyond_reader, writer))

    async with await asyncio.start_server(accept, "127.0.0.1", here) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
