"""A local S3 server (moto) with what a test wants to know of it: every object, old versions included."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

SECRET = "stored-nowhere-9f3b7c"
BUCKET = "marts"


@dataclass
class S3Server:
    """The server, with one bucket. `address`: what the setting `store` names."""

    client: Any
    address: str = f"s3://{BUCKET}/of/one-home"

    def objects(self, bucket: str = BUCKET) -> dict[str, bytes]:
        """Every object by its name below the address."""
        found = {}
        for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for each in page.get("Contents", ()):
                body = self.client.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
                found[each["Key"].removeprefix("of/one-home/")] = body
        return found

    def copy_to(self, folder: Path) -> Path:
        """Every object as a file, so that it can be searched like a home."""
        for name, content in self.objects().items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder

    def add_bucket(self, name: str, *, is_versioned: bool = False) -> None:
        self.client.create_bucket(Bucket=name)
        if is_versioned:
            status = {"Status": "Enabled"}
            self.client.put_bucket_versioning(Bucket=name, VersioningConfiguration=status)


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """A running server that the environment names, with a key that nobody may write down."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "reader-and-writer",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            patch.setenv(name, value)
        try:
            found = S3Server(boto3.client("s3"))
            found.add_bucket(BUCKET)
            yield found
        finally:
            server.stop()
