"""A certificate authority for tests, made in a moment."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Authority:
    """Signs certificates; `path` is its own, for whoever is to trust it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        built = self._begun(self._name, self._key).add_extension(x509.BasicConstraints(True, None), critical=True)
        self._own = built.add_extension(usage, critical=True).sign(self._key, hashes.SHA256())
        self.path = folder / "authority.pem"
        self.path.write_bytes(self._own.public_bytes(serialization.Encoding.PEM))

    def server(self, *names: str, days: int = 1, signed: bool = True) -> ssl.SSLContext:
        """What a server needs to be one of these names: signed by this authority, or only by itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        kept = [x509.IPAddress(ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names]
        begun = self._begun(subject, key, days).add_extension(x509.SubjectAlternativeName(kept), critical=False)
        built = begun.issuer_name(self._name) if signed else begun.issuer_name(subject)
        certificate = built.sign(self._key if signed else key, hashes.SHA256())
        path = self._folder / f"{names[0]}-{days}-{signed}.pem"
        plain = serialization.NoEncryption()
        path.write_bytes(
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
            + certificate.public_bytes(serialization.Encoding.PEM)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _begun(self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, days: int = 1) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        begun = x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
        dated = begun.not_valid_before(now - timedelta(days=3)).not_valid_after(now + timedelta(days=days))
        dated = dated.serial_number(x509.random_serial_number())
        return dated if subject != self._name else dated.issuer_name(subject)
