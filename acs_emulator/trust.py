"""How programs come to trust the emulator's certificate authority: lines to copy to a shell."""

from pathlib import Path
from shlex import quote

STORE_PASSWORD = "emulator"  # noqa: S105 - keytool requires one; the store holds no secret


def trust_instructions(authority: Path) -> str:
    """Return the lines that make Python, Node, Java and .NET trust an authority.

    Args:
        authority: The PEM file with the certificate of the authority.
    """
    path = authority.resolve()
    pem, store = quote(str(path)), path.with_name("truststore.p12")
    properties = (
        f"-Djavax.net.ssl.trustStore={store} -Djavax.net.ssl.trustStorePassword={STORE_PASSWORD}"
    )
    return f"""\
To trust its certificate, in a separate shell (in Python and Java it replaces all others):
  Python
    export SSL_CERT_FILE={pem}
    export REQUESTS_CA_BUNDLE={pem}
  Node
    export NODE_EXTRA_CA_CERTS={pem}
  Java
    keytool -importcert -noprompt -alias acs-emulator -file {pem} \\
      -keystore {quote(str(store))} -storetype PKCS12 -storepass {STORE_PASSWORD}
    export JAVA_TOOL_OPTIONS={quote(properties)}
  .NET on Linux
    export SSL_CERT_FILE={pem}
"""
