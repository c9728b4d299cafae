"""A controller's certificates pass the strictest verifiers there are."""

import datetime
import ipaddress
import pathlib
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from meterstatus.adapters.files import certificates

NOW = datetime.datetime.now(datetime.UTC)


def handshake(authority: str, chain: str, key: str, name: str, directory: pathlib.Path) -> None:
    """Let a strict client and a server shake hands in memory; raises what the client raises."""
    files = {"chain.pem": chain, "key.pem": key}
    for file, text in files.items():
        (directory / file).write_text(text)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(directory / "chain.pem", directory / "key.pem")
    asking = ssl.create_default_context(cadata=authority)
    asking.verify_flags |= ssl.VERIFY_X509_STRICT
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(to_client, to_server, server_hostname=name)
    server = serving.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue


@pytest.mark.parametrize(
    "name", ["juju-apiserver", "localhost", "127.0.0.1", "::1", "10.7.0.5", "fd00::7", "ctl.example"]
)
def test_a_strict_client_trusts_every_name(name: str, tmp_path: pathlib.Path) -> None:
    """The names given and those that are always good verify under VERIFY_X509_STRICT."""
    authority = certificates.make_authority("lab", NOW)
    server = certificates.make_server_certificate(authority, ["10.7.0.5", "fd00::7", "ctl.example"], NOW)
    handshake(authority.certificate, server.chain, server.key, name, tmp_path)


def test_other_names_are_not_trusted(tmp_path: pathlib.Path) -> None:
    """A name that was not given does not verify, so that the test above means something."""
    authority = certificates.make_authority("lab", NOW)
    server = certificates.make_server_certificate(authority, [], NOW)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(authority.certificate, server.chain, server.key, "ctl.example", tmp_path)


def test_another_authority_is_not_trusted(tmp_path: pathlib.Path) -> None:
    """A controller of the same name with another key is not trusted."""
    server = certificates.make_server_certificate(certificates.make_authority("lab", NOW), [], NOW)
    other = certificates.make_authority("lab", NOW)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(other.certificate, server.chain, server.key, "localhost", tmp_path)


def test_the_chain_ends_in_the_authority() -> None:
    """The chain is the server's certificate, then the authority's, both P-256 and good for ten years."""
    authority = certificates.make_authority("lab", NOW)
    server = certificates.make_server_certificate(authority, ["10.7.0.5", "localhost"], NOW)
    leaf, issuer = x509.load_pem_x509_certificates(server.chain.encode())
    assert issuer == x509.load_pem_x509_certificate(authority.certificate.encode())
    for certificate in (leaf, issuer):
        key = certificate.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert isinstance(key.curve, ec.SECP256R1)
        assert certificate.not_valid_before_utc < NOW - datetime.timedelta(hours=23)
        assert certificate.not_valid_after_utc > NOW + datetime.timedelta(days=3650)
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "juju-apiserver"]
    addresses = ["10.7.0.5", "127.0.0.1", "::1"]
    assert names.get_values_for_type(x509.IPAddress) == [ipaddress.ip_address(each) for each in addresses]


def test_keys_stay_out_of_reprs() -> None:
    """A private key does not end up in a log line."""
    authority = certificates.make_authority("lab", NOW)
    server = certificates.make_server_certificate(authority, [], NOW)
    assert "PRIVATE" not in repr(authority) + repr(server)
