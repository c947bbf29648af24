#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The image's files, and an OCI layout of them without any tool.

    scripts/oci_layout.py --binary build/release/herald --rootfs DIR
    scripts/oci_layout.py --binary build/release/herald --oci-dir DIR

What is in it: the binary, the loader and libraries it asks for, CA
certificates, a passwd with one ordinary user, licences. Nothing else: no
shell, no package manager. The same inputs and SOURCE_DATE_EPOCH give the same
bytes.
"""
import argparse
import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile

USER = 65532
MOST_BYTES = 40 << 20
AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
PASSWD = f"herald:x:{USER}:{USER}:Herald:/var/lib/herald:/nonexistent\n"
GROUP = f"herald:x:{USER}:\n"
# Names of hosts: the cluster's own first, then DNS.
NSSWITCH = "hosts: files dns\n"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


class Unusable(Exception):
    """Something is missing; the text says what to do."""


def libraries(binary):
    """Absolute paths of what the loader will map, the loader among them."""
    listed = subprocess.run(["ldd", str(binary)], capture_output=True,
                            text=True, check=False)
    if listed.returncode != 0:
        raise Unusable(f"{binary} is no program for this machine: "
                       f"{listed.stderr.strip()}")
    paths = re.findall(r"(/\S+) \(0x", listed.stdout)
    missing = re.findall(r"(\S+) => not found", listed.stdout)
    if missing:
        raise Unusable(f"{binary} needs {', '.join(missing)}, which this "
                       "machine does not have")
    return sorted(set(paths))


def install(rootfs, source, place, mode):
    target = rootfs / place.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(os.path.realpath(source), target)
    target.chmod(mode)


def licences(files):
    """Debian's copyright files of the packages that `files` come from."""
    listed = subprocess.run(["dpkg-query", "-S", *files], capture_output=True,
                            text=True, check=False).stdout
    names = {line.split(":")[0] for line in listed.splitlines()}
    for name in sorted(names | {"ca-certificates"}):
        path = f"/usr/share/doc/{name}/copyright"
        if os.path.exists(path):
            yield path


def make_rootfs(binary, rootfs):
    if not os.path.exists(AUTHORITIES):
        raise Unusable(f"{AUTHORITIES} is not there; install ca-certificates")
    install(rootfs, binary, "/herald", 0o755)
    strip = shutil.which("strip")
    if strip:
        subprocess.run([strip, "--strip-all", str(rootfs / "herald")],
                       check=True)
    needed = libraries(binary)
    for path in needed:
        install(rootfs, path, path, 0o755)
    install(rootfs, AUTHORITIES, AUTHORITIES, 0o644)
    for path in licences([os.path.realpath(path) for path in needed] + needed):
        install(rootfs, path, path, 0o644)
    root = pathlib.Path(__file__).resolve().parent.parent
    install(rootfs, root / "LICENSE", "/usr/share/doc/herald/LICENSE", 0o644)
    for name, text in (("passwd", PASSWD), ("group", GROUP),
                       ("nsswitch.conf", NSSWITCH)):
        path = rootfs / "etc" / name
        path.write_text(text)
        path.chmod(0o644)
    # Where volumes are mounted, and where a sidecar without any may write.
    for place in ("var/lib/herald", "run/herald", "etc/herald"):
        (rootfs / place).mkdir(parents=True)


def tar_of(rootfs, epoch):
    """A layer: sorted, everything root's but what the sidecar writes to."""
    own = {"var/lib/herald", "run/herald"}
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in sorted(rootfs.rglob("*")):
            name = str(path.relative_to(rootfs))
            entry = tar.gettarinfo(path, name)
            entry.uid = entry.gid = USER if name in own else 0
            entry.uname = entry.gname = ""
            entry.mtime = epoch
            entry.mode = 0o755 if path.is_dir() else entry.mode & 0o777
            with open(path, "rb") if path.is_file() else io.BytesIO() as data:
                tar.addfile(entry, data if path.is_file() else None)
    return out.getvalue()


def image_config(layer, epoch, version, created):
    machine = os.uname().machine
    return {
        "created": created,
        "architecture": ARCHITECTURES.get(machine, machine),
        "os": "linux",
        "config": {
            "User": f"{USER}:{USER}",
            "Entrypoint": ["/herald"],
            "WorkingDir": "/var/lib/herald",
            "Labels": {
                "org.opencontainers.image.title": "herald",
                "org.opencontainers.image.description":
                    "The sidecar beside every agent",
                "org.opencontainers.image.licenses": "Apache-2.0",
                "org.opencontainers.image.version": version,
                "org.opencontainers.image.created": created,
            },
        },
        "rootfs": {"type": "layers",
                   "diff_ids": ["sha256:" +
                                hashlib.sha256(layer).hexdigest()]},
        "history": [{"created": created, "created_by": "scripts/image"}],
    }


class Layout:
    """A folder as the OCI image specification lays it out."""

    def __init__(self, folder):
        self.folder = folder
        self.blobs = folder / "blobs" / "sha256"
        self.blobs.mkdir(parents=True)

    def add(self, media_type, data):
        digest = hashlib.sha256(data).hexdigest()
        (self.blobs / digest).write_bytes(data)
        return {"mediaType": f"application/vnd.oci.image.{media_type}",
                "digest": f"sha256:{digest}", "size": len(data)}

    def add_json(self, media_type, value):
        return self.add(media_type, json.dumps(value, sort_keys=True).encode())

    def write(self, name, value):
        (self.folder / name).write_text(json.dumps(value, sort_keys=True))


def write_layout(rootfs, folder, epoch, version):
    created = subprocess.run(
        ["date", "-u", "-d", f"@{epoch}", "+%Y-%m-%dT%H:%M:%SZ"],
        capture_output=True, text=True, check=True).stdout.strip()
    layer = tar_of(rootfs, epoch)
    layout = Layout(folder)
    config = layout.add_json("config.v1+json",
                             image_config(layer, epoch, version, created))
    packed = layout.add("layer.v1.tar+gzip",
                        gzip.compress(layer, compresslevel=9, mtime=0))
    manifest = layout.add_json("manifest.v1+json", {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": config, "layers": [packed]})
    manifest["annotations"] = {"org.opencontainers.image.ref.name": version}
    layout.write("index.json", {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [manifest]})
    layout.write("oci-layout", {"imageLayoutVersion": "1.0.0"})
    return len(layer), packed["size"], manifest["digest"]


def empty_folder(name):
    folder = pathlib.Path(name)
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise Unusable(f"{folder} is not empty")
    return folder


def run(args):
    if args.rootfs:
        make_rootfs(args.binary, empty_folder(args.rootfs))
        return
    with tempfile.TemporaryDirectory(prefix="herald-image-") as made:
        rootfs = pathlib.Path(made)
        make_rootfs(args.binary, rootfs)
        folder = empty_folder(args.oci_dir)
        size, packed, digest = write_layout(rootfs, folder, args.epoch,
                                            args.version)
    if size > MOST_BYTES:
        raise Unusable(f"the image has {size >> 20} MiB, more than "
                       f"{MOST_BYTES >> 20}")
    print(f"{digest} {size / 1e6:.1f} MB, compressed {packed / 1e6:.1f} MB")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--version", default="dev")
    parser.add_argument("--epoch", type=int,
                        default=int(os.environ.get("SOURCE_DATE_EPOCH", 0)))
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--rootfs", help="only the files, into this folder")
    where.add_argument("--oci-dir", help="an OCI layout, into this folder")
    try:
        run(parser.parse_args())
    except (Unusable, OSError) as problem:
        print(f"herald: error: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
