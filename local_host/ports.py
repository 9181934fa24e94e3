"""Opens the ports of the host and of its emulator."""

from acs_emulator.ports import PortError, Sockets, listen
from local_host.settings import StartupError


def listen_or_fail(port: int, advice: str) -> Sockets:
    """Listen on a loopback port.

    Args:
        port: 0 chooses a free port.
        advice: What to do if that fails; it follows the error message.

    Raises:
        StartupError: Another program listens on the port, or this one may not.
    """
    try:
        return listen(port)
    except PortError as error:
        raise StartupError(f"{error} {advice}") from None
