"""Functions: the seven there are, how they are built, and what makes their queues and triggers safe."""

import dataclasses
import re

import pytest

from giftbridge.aws import triggers
from giftbridge.settings import Settings
from tests.template.access import allowed
from tests.template.sam import ROOT, STAGES, events_of, functions, name_of, transformed, written

FUNCTIONS = {
    "OauthCallbackFunction": "oauth_callback",
    "WebhookIntakeFunction": "webhook_intake",
    "ContactSyncFunction": "contact_sync",
    "TransactionPushFunction": "transaction_push",
    "BatchExportFunction": "batch_export",
    "ManagementFunction": "management",
    "PortalFunction": "portal",
}
WORKERS = {
    "ContactSyncFunction": "ContactsQueue",
    "TransactionPushFunction": "GiftsQueue",
    "BatchExportFunction": "ExportsQueue",
}
STARTED_ASYNCHRONOUSLY = {"ContactSyncFunction", "TransactionPushFunction", "BatchExportFunction"}
READ_BY_POWERTOOLS = {"POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "LOG_LEVEL"}
OVERRIDE = re.compile(r"GIFTBRIDGE_([A-Z]+?)(_AUTHORIZE|_TOKEN)?_URL")


def variables(function: str) -> set[str]:
    return set(transformed().of("Lambda::Function")[function]["Environment"]["Variables"])


def test_every_function_is_there_and_in_its_folder() -> None:
    assert {name: properties["CodeUri"] for name, properties in functions().items()} == {
        name: f"functions/{folder}/" for name, folder in FUNCTIONS.items()
    }
    assert {properties["Handler"] for properties in functions().values()} == {"app.handler"}


@pytest.mark.parametrize(("function", "folder"), FUNCTIONS.items())
def test_a_function_is_named_after_its_folder_wherever_it_is_named(function: str, folder: str) -> None:
    deployed = transformed().of("Lambda::Function")[function]
    assert deployed["FunctionName"] == {"Fn::Sub": f"${{AWS::StackName}}-{folder}"}
    assert deployed["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] == folder
    group = transformed().of("Logs::LogGroup")[name_of(deployed["LoggingConfig"]["LogGroup"])]
    assert group["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/${{AWS::StackName}}-{folder}"}


def test_F60_functions_of_triggers_are_known_by_their_names() -> None:
    deployed = transformed().of("Lambda::Function")
    assert set(triggers.FUNCTIONS.values()) == {FUNCTIONS[name] for name in STARTED_ASYNCHRONOUSLY}
    assert {each["Environment"]["Variables"]["STACK_NAME"]["Ref"] for each in deployed.values()} == {"AWS::StackName"}


@pytest.mark.parametrize("stage", STAGES)
def test_logs_end(stage: str) -> None:
    assert all(group["RetentionInDays"] <= 90 for group in transformed(stage).of("Logs::LogGroup").values())


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize(("function", "queue"), WORKERS.items())
def test_a_message_stays_hidden_for_six_time_outs_and_a_step_fits_in_one(stage: str, function: str, queue: str) -> None:
    deployed = transformed(stage).of("Lambda::Function")[function]
    hidden = transformed(stage).of("SQS::Queue")[queue]["VisibilityTimeout"]
    assert hidden >= 6 * deployed["Timeout"]
    # An account is held for two steps: until the function that took it has surely ended.
    assert 2 * int(deployed["Environment"]["Variables"]["STEP_SECONDS"]) == deployed["Timeout"]


@pytest.mark.parametrize("stage", STAGES)
def test_what_answers_http_gives_up_before_the_api_does(stage: str) -> None:
    deployed = transformed(stage).of("Lambda::Function")
    assert all(deployed[name_of_function]["Timeout"] < 30 for name_of_function, _ in events_of("HttpApi"))


def test_workers_take_one_message_at_a_time_within_a_limit_that_costs_no_tries() -> None:
    mappings = transformed().of("Lambda::EventSourceMapping").values()
    assert {name_of(each["FunctionName"]): name_of(each["EventSourceArn"]) for each in mappings} == WORKERS
    for mapping in mappings:
        assert mapping["BatchSize"] == 1
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2
    assert written().document["Parameters"]["MaximumConcurrency"]["MinValue"] == 2
    assert not any("ReservedConcurrentExecutions" in each for each in transformed().of("Lambda::Function").values())


def test_who_rings_the_own_queue_is_allowed_to_loop_and_nobody_else() -> None:
    ring_themselves = {name for name, queue in WORKERS.items() if ("SendMessage", queue) in allowed(name, "sqs")}
    deployed = transformed().of("Lambda::Function")
    assert ring_themselves == set(WORKERS)
    assert {name for name, each in deployed.items() if each.get("RecursiveLoop") == "Allow"} == ring_themselves


def test_no_snap_start_and_traced() -> None:
    for each in transformed().of("Lambda::Function").values():
        assert "SnapStart" not in each
        assert each["TracingConfig"] == {"Mode": "Active"}
    assert not transformed().of("Lambda::Version")


def test_what_fails_asynchronously_is_kept() -> None:
    kept = transformed().of("Lambda::EventInvokeConfig").values()
    assert {name_of(each["FunctionName"]) for each in kept} == STARTED_ASYNCHRONOUSLY
    for each in kept:
        assert name_of(each["DestinationConfig"]["OnFailure"]["Destination"]) == "TriggerDlq"
        assert ("SendMessage", "TriggerDlq") in allowed(name_of(each["FunctionName"]), "sqs")


def test_runtime_and_architecture_are_parameters_everywhere() -> None:
    for each in functions().values():
        assert (each["Runtime"], each["Architectures"]) == ({"Ref": "Runtime"}, [{"Ref": "Architecture"}])
        assert each["Layers"] == [{"Ref": "SharedLayer"}]
    layer = written().resource("SharedLayer")
    assert layer["Metadata"] == {"BuildMethod": "makefile", "BuildArchitecture": {"Ref": "Architecture"}}
    assert layer["Properties"]["CompatibleRuntimes"] == [{"Ref": "Runtime"}]
    assert layer["Properties"]["CompatibleArchitectures"] == [{"Ref": "Architecture"}]


def test_the_layer_is_built_for_the_templates_defaults() -> None:
    makefile = (ROOT / "layers/shared/Makefile").read_text()
    for parameter, variable in (("Runtime", "LAYER_RUNTIME"), ("Architecture", "LAYER_ARCHITECTURE")):
        assert f"\n{variable} ?= {written().parameter(parameter)}\n" in makefile


def test_every_function_has_the_same_variables() -> None:
    assert len({frozenset(variables(function)) for function in FUNCTIONS}) == 1


def test_variables_and_settings_name_each_other() -> None:
    settings = {field.name.upper() for field in dataclasses.fields(Settings)}
    for function in FUNCTIONS:
        overrides = {name for name in variables(function) if OVERRIDE.fullmatch(name)}
        assert variables(function) - overrides - READ_BY_POWERTOOLS == settings
        assert variables(function) >= READ_BY_POWERTOOLS


def test_an_address_can_be_overridden_only_for_a_system_there_is() -> None:
    connectors = ROOT / "layers/shared/giftbridge/connectors"
    systems = {match[1].lower() for name in variables("ManagementFunction") if (match := OVERRIDE.fullmatch(name))}
    assert systems
    assert all((connectors / system / "manifest.toml").is_file() for system in systems)
