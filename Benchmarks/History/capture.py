"""Real traffic for the size comparison: a weir with four listeners in front of eight endpoints, and
clients at uneven rates, in one process beside it. Figures come from what weir wrote, not from here.
"""

import asyncio
import random

LISTENERS, ENDPOINTS, CLIENTS = 4, 8, 32
STATUSES = (200, 200, 200, 200, 200, 200, 204, 301, 404, 503)


async def answer(reader, writer, seed):
    """An endpoint: each answers a little slower than the one before it, and not always 200."""
    dice = random.Random(seed)
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"GET"):
                break
            await asyncio.sleep(dice.expovariate(1 / (0.001 * (1 + seed))))
            status = dice.choice(STATUSES)
            body = b"" if status == 204 else b"x" * dice.randrange(64, 16384)
            writer.write(b"HTTP/1.1 %d OK\r\nContent-Length: %d\r\n\r\n" % (status, len(body))
                         if body else b"HTTP/1.1 204 OK\r\n\r\n")
            writer.write(body)
            await writer.drain()
    except (asyncio.IncompleteReadError, OSError):
        pass
    writer.close()


async def client(port, seed, end):
    """Asks at a rate of its own, with pauses; opens a new connection now and then."""
    dice, clock = random.Random(seed), asyncio.get_running_loop().time
    while clock() < end:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for _ in range(dice.randrange(5, 200)):
                if clock() >= end:
                    break
                writer.write(b"GET /%d HTTP/1.1\r\nHost: bench\r\n\r\n" % dice.randrange(9))
                head = await reader.readuntil(b"\r\n\r\n")
                lower = head.lower()
                if b"content-length:" in lower:
                    length = lower.split(b"content-length:")[1].split(b"\r\n")[0]
                    await reader.readexactly(int(length))
                await asyncio.sleep(dice.expovariate(1 + seed % 7))
            writer.close()
        except (asyncio.IncompleteReadError, OSError):
            await asyncio.sleep(0.2)
        if dice.random() < 0.1:
            await asyncio.sleep(dice.uniform(0, 5))


def upstreams():
    """Starts the endpoints on free ports: (ports, servers) inside a running loop."""
    async def start():
        servers = []
        for seed in range(ENDPOINTS):
            servers.append(await asyncio.start_server(
                lambda r, w, seed=seed: answer(r, w, seed), "127.0.0.1", 0))
        return [s.sockets[0].getsockname()[1] for s in servers], servers
    return start()


async def drive(start_weir, listeners, seconds):
    """`start_weir(ports)` starts the proxy in front of the endpoints; ends after `seconds`."""
    ports, servers = await upstreams()
    await asyncio.to_thread(start_weir, ports)
    end = asyncio.get_running_loop().time() + seconds
    await asyncio.gather(*(
        client(listeners[seed % len(listeners)], seed, end) for seed in range(CLIENTS)))
    for server in servers:
        server.close()
