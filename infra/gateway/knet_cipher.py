"""KNET's `trandata`: AES-128-CBC with the terminal resource key as key and IV, PKCS#7, hex. It has no MAC."""

import re

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7
from pydantic import SecretStr

from infra.errors import PermanentError
from infra.gateway import MalformedMessageError

_KEY_BYTES = 16
_HEX = re.compile(rb"(?:[0-9A-Fa-f]{32})+")


class TrandataCipher:
    """Encrypts and decrypts with one terminal's key; neither key nor text is ever shown."""

    def __init__(self, resource_key: SecretStr) -> None:
        key = resource_key.get_secret_value().encode("utf-8")
        if len(key) != _KEY_BYTES:
            raise PermanentError("the terminal resource key must be 16 characters; copy it from the merchant portal")
        self._cipher = Cipher(AES(key), CBC(key))

    def encrypt(self, plain: str) -> str:
        padder = PKCS7(AES.block_size).padder()
        padded = padder.update(plain.encode("ascii")) + padder.finalize()
        encryptor = self._cipher.encryptor()
        return (encryptor.update(padded) + encryptor.finalize()).hex()

    def decrypt(self, trandata: bytes) -> str:
        """The plain text, which is ASCII; anything else is MalformedMessageError."""
        if _HEX.fullmatch(trandata) is None:
            raise MalformedMessageError
        decryptor = self._cipher.decryptor()
        padded = decryptor.update(bytes.fromhex(trandata.decode("ascii"))) + decryptor.finalize()
        unpadder = PKCS7(AES.block_size).unpadder()
        try:
            return (unpadder.update(padded) + unpadder.finalize()).decode("ascii")
        except ValueError:  # bad padding, or bytes that are no text
            raise MalformedMessageError from None
