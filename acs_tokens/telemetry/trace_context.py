"""The caller's W3C trace context, sent on unchanged: https://www.w3.org/TR/trace-context/.

The Functions host makes a span for each invocation and gives us its context. This service makes no
span, so that ACS sees the host's span as its caller.
"""

import re

PARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
STATE = re.compile(r"[ -~]{1,512}")  # printable; the standard lets longer ones be dropped


def trace_headers(context: object) -> dict[str, str]:
    """Return the HTTP headers of a worker's trace context; none when it is malformed.

    Args:
        context: Has ``trace_parent`` and ``trace_state``, or ``Traceparent`` and ``Tracestate`` in
            older workers; or is None.
    """
    parent = getattr(context, "trace_parent", None) or getattr(context, "Traceparent", None) or ""
    state = getattr(context, "trace_state", None) or getattr(context, "Tracestate", None) or ""
    if not PARENT.fullmatch(parent):
        return {}
    headers = {"traceparent": parent}
    return headers | {"tracestate": state} if STATE.fullmatch(state) else headers
