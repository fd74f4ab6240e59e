"""Certificates of the openssl program, made for a test and thrown away with it."""
import pathlib
import shutil
import subprocess
import tempfile


class Authority:
    """A desk's own authority."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="triaged-authority-"))
        self.certificate = self.folder / "ca.pem"
        self.openssl("req", "-x509", *self.KEY, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=The desk's own")

    KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc")

    def server(self, name="localhost"):
        """The files of a server's certificate and key."""
        self.openssl("req", *self.KEY, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=A server")
        (self.folder / "names").write_text(f"subjectAltName = DNS:{name}\n")
        self.openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                     "-extfile", "names", "-out", "server.pem")
        return self.folder / "server.pem", self.folder / "server.key"

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)

    def remove(self):
        shutil.rmtree(self.folder)
