"""Makes a controller's own certificate authority and server certificate (spec juju-api, 1.2).

P-256 throughout: RSA costs a server 1.6 times as much for each connection. The extensions are what strict
verifiers want (RFC 5280): recent Python, Go and OpenSSL all accept the chain.
"""

import dataclasses
import datetime
import ipaddress
from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import oid

SERVER_NAME = "juju-apiserver"
"""The name that Juju's clients and ours verify, whatever host they dialled."""

ALWAYS = (SERVER_NAME, "localhost", "127.0.0.1", "::1")
"""What every server certificate is good for."""

_YEARS_10 = datetime.timedelta(days=3652)
_CLOCK_SKEW = datetime.timedelta(days=1)
"""A certificate is good from a day ago: a machine whose clock is behind must still reach its controller."""


@dataclasses.dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority of one controller."""

    certificate: str
    """PEM."""

    key: str = dataclasses.field(repr=False)
    """PEM, not encrypted."""


@dataclasses.dataclass(frozen=True, slots=True)
class ServerCertificate:
    """What a server shows."""

    chain: str
    """PEM: its own certificate, then the authority's, which ``juju login`` looks for there."""

    key: str = dataclasses.field(repr=False)
    """PEM, not encrypted."""


def make_authority(name: str, now: datetime.datetime) -> Authority:
    """Make an authority that is good for ten years.

    Args:
        name: what tells it from others, in its subject.
        now: an aware instant.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name(
        [
            x509.NameAttribute(oid.NameOID.ORGANIZATION_NAME, "meterstatus"),
            x509.NameAttribute(oid.NameOID.COMMON_NAME, name),
        ]
    )
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    certificate = (
        _builder(subject, subject, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(identifier, critical=False)
        .add_extension(_issued_by(identifier), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(_certificate_pem(certificate), _key_pem(key))


def make_server_certificate(
    authority: Authority, hosts: Iterable[str], now: datetime.datetime
) -> ServerCertificate:
    """Make a server certificate for hosts, and for those that are always good, under an authority.

    Args:
        authority: who signs it.
        hosts: DNS names and IP addresses.
        now: an aware instant.

    Raises:
        ValueError: a host is neither an address nor possible as a DNS name.
    """
    issuer = x509.load_pem_x509_certificate(authority.certificate.encode())
    issuer_key = serialization.load_pem_private_key(authority.key.encode(), password=None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey), "make_authority makes no other"
    issuer_identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    key = ec.generate_private_key(ec.SECP256R1())
    names = [_general_name(host) for host in dict.fromkeys((*hosts, *ALWAYS))]
    subject = x509.Name([x509.NameAttribute(oid.NameOID.COMMON_NAME, SERVER_NAME)])
    certificate = (
        _builder(subject, issuer.subject, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([oid.ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_issued_by(issuer_identifier), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )
    return ServerCertificate(_certificate_pem(certificate) + authority.certificate, _key_pem(key))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + _YEARS_10)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _issued_by(identifier: x509.SubjectKeyIdentifier) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _certificate_pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode("ascii")
