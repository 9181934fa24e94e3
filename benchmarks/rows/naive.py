"""What samples in Python do: the sync SDK, with a client and two requests for each page load.

In a pool of threads of the size that the Functions worker has.
"""

import asyncio
import json
import os
from concurrent.futures import ThreadPoolExecutor

from aiohttp import web
from azure.communication.identity import CommunicationIdentityClient

from benchmarks.rows.serving import page, serve

POOL = ThreadPoolExecutor(min(32, (os.cpu_count() or 1) + 4))
CONNECTION_STRING = os.environ["ACS_CONNECTION_STRING"]
# requests has a list of authorities of its own; this is the same one and the stand-in's.
TRUSTED = os.environ["SSL_CERT_FILE"]


def create() -> str:
    client = CommunicationIdentityClient.from_connection_string(
        CONNECTION_STRING, connection_verify=TRUSTED
    )
    user = client.create_user()
    issued = client.get_token(user, ["voip"])
    body = {
        "userId": user.properties["id"],
        "token": issued.token,
        "expiresOn": issued.expires_on,
    }
    return json.dumps(body)


async def token(_: web.Request) -> web.Response:
    return page(await asyncio.get_running_loop().run_in_executor(POOL, create))


if __name__ == "__main__":
    serve(token)
