"""Fresh Ed25519 keys for the demo's SFTP server and its one user, in the forms OpenSSH reads."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


@dataclass(frozen=True, slots=True, repr=False)
class KeyPair:
    """``private`` is an OpenSSH private key file, ``public`` the line of an authorized_keys file."""

    private: str
    public: str

    @property
    def fingerprint(self) -> str:
        """``SHA256:...`` as OpenSSH prints it: unpadded base64 of the hash of the key blob."""
        blob = base64.b64decode(self.public.split(" ")[1])
        return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def make_key_pair() -> KeyPair:
    """A new key pair."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return KeyPair(private.decode(), public.decode())
