# SPDX-License-Identifier: Apache-2.0
"""The Debian package, the tarball and the OCI image of this preset's binary:
what is in them, that it runs, and that the same inputs give the same bytes."""
import gzip
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile
import unittest

import mesh

ROOT = pathlib.Path(__file__).resolve().parents[2]
EPOCH = "1767225600"


def run(*argv, **kwargs):
    return subprocess.run(
        list(map(str, argv)), check=True, capture_output=True, text=True,
        env=dict(os.environ, SOURCE_DATE_EPOCH=EPOCH), timeout=240, **kwargs)


def hashes(folder):
    return {str(path.relative_to(folder)):
            hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*") if path.is_file()}


class FolderTest(unittest.TestCase):
    """Making it takes seconds, so that is done once a class."""

    @classmethod
    def setUpClass(cls):
        made = tempfile.TemporaryDirectory(prefix="herald-package-")
        cls.addClassCleanup(made.cleanup)
        cls.shared = pathlib.Path(made.name)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(dir=self.shared))


@unittest.skipUnless(shutil.which("dpkg-deb"), "no dpkg-deb: no Debian")
class PackageTest(FolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deb, cls.tarball = cls.package(cls.shared / "out")

    @staticmethod
    def package(out):
        made = run(ROOT / "scripts/package", "--binary", mesh.HERALD, "--out",
                   out).stdout.split()
        return map(pathlib.Path, made)

    def test_the_package_unpacks_into_a_root_and_runs(self):
        root = self.folder / "root"
        run("dpkg-deb", "-x", self.deb, root)
        herald = root / "usr/bin/herald"
        self.assertIn("herald", run(herald, "version").stdout)
        # The configuration it brings is good once certificates are there.
        etc = root / "etc/herald"
        run(herald, "certs", "init", etc, "--trust-domain", "acme.example")
        run(herald, "certs", "issue", etc, "--id",
            "spiffe://acme.example/agent/planner", "--out", "node")
        checked = run(herald, "config", "check", "--config",
                      etc / "herald.yaml")
        self.assertIn("is fine: this-machine", checked.stdout)
        for name in ("usr/lib/systemd/system/herald.service",
                     "usr/lib/sysusers.d/herald.conf",
                     "usr/share/man/man1/herald.1.gz"):
            self.assertTrue((root / name).is_file(), name)

    def test_what_people_change_is_a_conffile_and_root_owns_all(self):
        control = self.folder / "control"
        run("dpkg-deb", "-e", self.deb, control)
        self.assertEqual("/etc/herald/herald.yaml\n",
                         (control / "conffiles").read_text())
        self.assertRegex((control / "control").read_text(),
                         r"Depends: libc6 \(>= 2\.\d+\)")
        for line in run("dpkg-deb", "-c", self.deb).stdout.splitlines():
            self.assertIn(" root/root ", line)
        # Every file is as its checksum says.
        root = self.folder / "root"
        run("dpkg-deb", "-x", self.deb, root)
        run("md5sum", "--check", "--strict", control / "md5sums", cwd=root)

    def test_the_unit_starts_what_the_package_brings(self):
        unit = (ROOT / "scripts/packaging/herald.service").read_text()
        self.assertIn("ExecStart=/usr/bin/herald sidecar "
                      "--config /etc/herald/herald.yaml", unit)

    def test_the_tarball_runs_where_it_is_unpacked(self):
        with tarfile.open(self.tarball) as tar:
            tar.extractall(self.folder, filter="data")
        name = self.tarball.name.removesuffix(".tar.gz")
        self.assertIn("herald", run(self.folder / name / "herald",
                                    "version").stdout)

    def test_the_same_inputs_give_the_same_bytes(self):
        self.package(self.folder)
        self.assertEqual(hashes(self.deb.parent), hashes(self.folder))


class ImageTest(FolderTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.image = cls.shared / "image"
        cls.told = cls.layout(cls.image)

    @staticmethod
    def layout(folder):
        return run(ROOT / "scripts/image", "--oci-dir", folder, "--binary",
                   mesh.HERALD).stdout

    def blob(self, folder, descriptor):
        data = (folder / "blobs/sha256" /
                descriptor["digest"].removeprefix("sha256:")).read_bytes()
        self.assertEqual(descriptor["size"], len(data))
        self.assertEqual(descriptor["digest"],
                         "sha256:" + hashlib.sha256(data).hexdigest())
        return data

    def unpack(self, folder):
        """Checks every hash on the way; gives configuration and root."""
        self.assertEqual({"imageLayoutVersion": "1.0.0"}, json.loads(
            (folder / "oci-layout").read_text()))
        index = json.loads((folder / "index.json").read_text())
        manifest = json.loads(self.blob(folder, index["manifests"][0]))
        config = json.loads(self.blob(folder, manifest["config"]))
        layer, = manifest["layers"]
        packed = self.folder / "layer.tar.gz"
        packed.write_bytes(self.blob(folder, layer))
        plain = gzip.decompress(packed.read_bytes())
        self.assertEqual(config["rootfs"]["diff_ids"],
                         ["sha256:" + hashlib.sha256(plain).hexdigest()])
        root = self.folder / "root"
        with tarfile.open(packed) as tar:
            self.members = {member.name: member for member in tar}
            tar.extractall(root, filter="data")
        return config, root

    def test_the_layout_holds_together_and_its_program_runs(self):
        config, root = self.unpack(self.image)
        self.assertEqual("65532:65532", config["config"]["User"])
        self.assertEqual(["/herald"], config["config"]["Entrypoint"])
        self.assertIn("sha256:", self.told)
        # With nothing but what the image brings.
        loader = next(root.glob("lib*/ld-*"), None) or next(
            root.rglob("ld-linux*"))
        libraries = {str(path.parent) for path in root.rglob("libc.so.6")}
        out = run(loader, "--library-path", ":".join(libraries),
                  root / "herald", "version").stdout
        self.assertIn("herald", out)

    def test_it_is_small_has_no_shell_and_nothing_is_the_users(self):
        _, root = self.unpack(self.image)
        size = sum(path.stat().st_size for path in root.rglob("*")
                   if path.is_file())
        self.assertLess(size, 40 << 20)
        self.assertFalse(list(root.rglob("sh")))
        self.assertIn(":65532:", (root / "etc/passwd").read_text())
        self.assertTrue(
            (root / "etc/ssl/certs/ca-certificates.crt").is_file())
        owned = {name for name, member in self.members.items()
                 if member.uid != 0}
        self.assertEqual({"run/herald", "var/lib/herald"}, owned)
        for name, member in self.members.items():
            self.assertFalse(member.mode & 0o022, name)

    def test_the_same_inputs_give_the_same_bytes(self):
        self.layout(self.folder)
        self.assertEqual(hashes(self.image), hashes(self.folder))

    def test_a_folder_that_holds_something_is_left_alone(self):
        (self.folder / "file").write_text("x")
        with self.assertRaises(subprocess.CalledProcessError) as raised:
            self.layout(self.folder)
        self.assertIn("is not empty", raised.exception.stderr)


if __name__ == "__main__":
    unittest.main()
