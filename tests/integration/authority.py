# SPDX-License-Identifier: Apache-2.0
"""A certificate authority for tests: `ca.crt` and `ca.key` in a folder, beside
what it issues. With all that RFC 5280 asks for: Python insists from 3.13 on."""
import http.client
import pathlib
import ssl
import subprocess

DAYS = 3
KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


def connect(folder, port, client=None, timeout=10):
    """An HTTPS connection to 127.0.0.1, by the authority of that folder; with
    the certificate it issued as `client`. As strict as the strictest Python."""
    folder = pathlib.Path(folder)
    context = ssl.create_default_context(cafile=folder / "ca.crt")
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    if client:
        context.load_cert_chain(folder / f"{client}.crt",
                                folder / f"{client}.key")
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=timeout,
                                       context=context)


class Authority:
    def __init__(self, folder, name):
        self.folder = pathlib.Path(folder)
        self.openssl("req", "-x509", *KEY, "-keyout", "ca.key", "-out",
                     "ca.crt", "-days", DAYS, "-subj", f"/CN={name}",
                     "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def openssl(self, *argv):
        subprocess.run(["openssl", *map(str, argv)], check=True,
                       cwd=self.folder, capture_output=True)

    def issue(self, name, subject, usage="clientAuth", names=""):
        """NAME.crt and NAME.key; `names` as in IP:127.0.0.1,DNS:localhost."""
        self.openssl("req", *KEY, "-keyout", f"{name}.key", "-out",
                     f"{name}.csr", "-subj", subject)
        extensions = ("authorityKeyIdentifier=keyid\n"
                      "subjectKeyIdentifier=hash\n"
                      f"extendedKeyUsage={usage}\n")
        if names:
            extensions += f"subjectAltName={names}\n"
        (self.folder / f"{name}.ext").write_text(extensions)
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.crt",
                     "-CAkey", "ca.key", "-CAcreateserial", "-days", DAYS,
                     "-extfile", f"{name}.ext", "-out", f"{name}.crt")
