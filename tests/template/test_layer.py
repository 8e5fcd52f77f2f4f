"""The script that slims the layer: botocore must still make every client that we use, and find nothing else."""

import re
import shutil
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.exceptions import UnknownServiceError
from botocore.loaders import Loader

import build_layer
from tests.template.sam import ROOT

BOTOCORE = Path(botocore.session.__file__).parent / "data"
UNUSED = "ec2-instance-connect"


@pytest.fixture(scope="module")
def slimmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = tmp_path_factory.mktemp("botocore") / "data"
    data.mkdir()
    for path in BOTOCORE.iterdir():
        if path.is_file():
            shutil.copy(path, data)
    for service in (*build_layer.AWS_SERVICES, UNUSED):
        shutil.copytree(BOTOCORE / service, data / service)
    build_layer.slim_botocore(data)
    return data


def client(data: Path, service: str, region: str = "us-east-1") -> Any:
    session = botocore.session.Session()
    session.register_component(
        "data_loader", Loader(extra_search_paths=[str(data)], include_default_search_paths=False)
    )
    return session.create_client(
        service, region_name=region, aws_access_key_id="made-up", aws_secret_access_key="made-up"
    )


def test_every_client_that_the_application_makes_has_its_model() -> None:
    made = set(re.findall(r'\baws\("([a-z0-9]+)"\)', (ROOT / "layers/shared/giftbridge/bootstrap.py").read_text()))
    assert made >= {"dynamodb", "lambda"}
    assert made <= build_layer.AWS_SERVICES


@pytest.mark.parametrize("region", ["us-east-1", "eu-central-2", "us-gov-west-1", "cn-north-1"])
@pytest.mark.parametrize("service", sorted(build_layer.AWS_SERVICES))
def test_clients_of_the_services_in_use_are_made_with_the_same_address(
    slimmed: Path, service: str, region: str
) -> None:
    assert client(slimmed, service, region).meta.endpoint_url == client(BOTOCORE, service, region).meta.endpoint_url


@pytest.mark.parametrize("service", sorted(build_layer.AWS_SERVICES))
def test_every_operation_stays(slimmed: Path, service: str) -> None:
    assert dir(client(slimmed, service)) == dir(client(BOTOCORE, service))


def test_addresses_that_depend_on_the_request_are_made_too(slimmed: Path) -> None:
    url = client(slimmed, "s3", "eu-west-1").generate_presigned_url(
        "get_object", Params={"Bucket": "bucket", "Key": "key"}
    )
    assert "/key?" in url


def test_other_services_are_gone(slimmed: Path) -> None:
    with pytest.raises(UnknownServiceError):
        client(slimmed, UNUSED)


def test_what_is_left_is_small_and_plain(slimmed: Path) -> None:
    files = [path for path in slimmed.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 1_500_000
    assert [path.name for path in files if path.suffix != ".json" or path.name.startswith("examples")] == []


def test_a_member_called_documentation_is_no_text() -> None:
    model = {"documentation": "a text", "members": {"documentation": {"shape": "String", "documentation": "another"}}}
    assert build_layer._without_texts(model) == {
        "documentation": "",
        "members": {"documentation": {"shape": "String", "documentation": ""}},
    }


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    for name in (
        "bin/tool",
        "package-1.dist-info/RECORD",
        "package-1.dist-info/METADATA",
        "package/stub.pyi",
        "package/code.py",
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("")
    return tmp_path


def test_leftovers_go_and_code_and_metadata_stay(installed: Path) -> None:
    build_layer.drop_leftovers(installed)
    left = {str(path.relative_to(installed)) for path in installed.rglob("*") if path.is_file()}
    assert left == {"package-1.dist-info/METADATA", "package/code.py"}


def test_compiled_code_is_never_checked_against_its_source(installed: Path) -> None:
    build_layer.compile_modules(installed)
    (compiled,) = installed.rglob("*.pyc")
    assert int.from_bytes(compiled.read_bytes()[4:8], "little") == 0b01  # by hash, unchecked


def test_a_module_that_does_not_compile_stops_the_build(installed: Path) -> None:
    (installed / "package/code.py").write_text("def")
    with pytest.raises(SystemExit):
        build_layer.compile_modules(installed)
