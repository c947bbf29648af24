# SPDX-License-Identifier: Apache-2.0
"""The manifests of k8s/ as objects. They are read by `herald inject`, which
prints what is no pod as it is, so that no YAML reader but ours is needed."""
import json
import pathlib
import subprocess

import mesh

K8S = pathlib.Path(__file__).resolve().parents[2] / "k8s"
# Kinds of tools, not of an API server.
TOOLS = {"Kustomization"}


def files():
    return sorted(K8S.rglob("*.yaml"))


def documents(text):
    """Every object of a YAML text; with a sidecar, where it makes pods."""
    done = subprocess.run(
        [mesh.HERALD, "inject", "-f", "-", "--image", "herald:test", "-o",
         "json"], input=text, capture_output=True, text=True, timeout=60,
        check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    out, rest, decoder = [], done.stdout.lstrip(), json.JSONDecoder()
    while rest:
        value, end = decoder.raw_decode(rest)
        out.append(value)
        rest = rest[end:].lstrip()
    return out


def objects(path):
    return [each for each in documents(path.read_text())
            if each["kind"] not in TOOLS]


def settings():
    """{file: text} of every injector.yaml in a ConfigMap."""
    return {path: each["data"]["injector.yaml"] for path in files()
            for each in objects(path) if each["kind"] == "ConfigMap" and
            "injector.yaml" in each.get("data", {})}
