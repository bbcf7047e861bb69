"""Messages of SASL, as clients write them."""

import base64


def b64(text):
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode()


def plain(user, password, role=""):
    """The message of SASL PLAIN."""
    return b64(f"{role}\0{user}\0{password}")
