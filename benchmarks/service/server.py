"""A TLS server on loopback for the service benchmark, in a process of its own.

Prints its port and the file of the certificate to trust, serves until killed.
"""

import asyncio
import ipaddress
import ssl
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID


BODY = b"x" * 2000
PAGE = (
    b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\nContent-Type: text/plain\r\n"
    b"Connection: close\r\n\r\n" + BODY
)
PEM = serialization.Encoding.PEM


def signed(
    name: str,
    key: rsa.RSAPrivateKey,
    issuer: str,
    signer: rsa.RSAPrivateKey,
    *,
    ca: bool,
) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
    )
    if not ca:
        address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
        names = [x509.DNSName("localhost"), address]
        builder = builder.add_extension(
            x509.SubjectAlternativeName(names), critical=False
        )
    return builder.sign(signer, hashes.SHA256())


def context(folder: Path) -> ssl.SSLContext:
    """Make an authority and a certificate, RSA as most of the web's are."""
    authority, server = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    root = signed("Bench Root", authority, "Bench Root", authority, ca=True)
    leaf = signed("localhost", server, "Bench Root", authority, ca=False)
    (folder / "root.pem").write_bytes(root.public_bytes(PEM))
    secret = server.private_bytes(
        PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(secret + leaf.public_bytes(PEM))
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    found.load_cert_chain(folder / "server.pem")
    return found


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, asyncio.IncompleteReadError):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(PAGE)
        await writer.drain()
    writer.close()


async def main() -> None:
    folder = Path(sys.argv[1])
    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context(folder))
    print(server.sockets[0].getsockname()[1], folder / "root.pem", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
