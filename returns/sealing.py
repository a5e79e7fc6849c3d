"""What only we may read again, as text that a database can hold.

The key comes from SECRET_KEY, by HKDF (RFC 5869) with a purpose: what was sealed for one purpose does not open for
another. While a key is being changed, what an earlier one of SECRET_KEY_FALLBACKS sealed opens too.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.views.decorators.debug import sensitive_variables

from returns.errors import ReturnsError


class Unreadable(ReturnsError):
    """Sealed with a key that we do not have any more, or for another purpose, or changed since."""


@sensitive_variables()
def seal(content: bytes, *, purpose: str) -> str:
    return _keys(purpose).encrypt(content).decode()


@sensitive_variables()
def unseal(sealed: str, *, purpose: str) -> bytes:
    """Raises Unreadable."""
    try:
        return _keys(purpose).decrypt(sealed.encode())
    except InvalidToken as error:
        raise Unreadable(purpose) from error


@sensitive_variables()
def _keys(purpose: str) -> MultiFernet:
    return MultiFernet([_key(secret, purpose) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


@sensitive_variables()
def _key(secret: str, purpose: str) -> Fernet:
    derived = HKDF(algorithm=hashes.SHA256(), length=32, salt=None, info=f"homeward:{purpose}".encode())
    return Fernet(base64.urlsafe_b64encode(derived.derive(secret.encode())))
