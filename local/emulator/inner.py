"""MiniStack's inside: every name of it that this package leans on, in one place.

Most are private, so the release is pinned exactly; `check` and `tests/emulator` notice when one changes.
"""

import time
from importlib import import_module
from typing import Any

gateway: Any = import_module("ministack.app")
actions: Any = import_module("ministack.core.iam_actions")
arns: Any = import_module("ministack.core.arn")
persistence: Any = import_module("ministack.core.persistence")
requests: Any = import_module("ministack.core.responses")
roles: Any = import_module("ministack.services.iam")
verdicts: Any = import_module("ministack.core.iam_evaluator")
alarms: Any = import_module("ministack.services.cloudwatch")
api_gateway: Any = import_module("ministack.services.apigateway")
buckets: Any = import_module("ministack.services.s3")
events: Any = import_module("ministack.services.eventbridge")
formation: Any = import_module("ministack.services.cloudformation.provisioners")
functions: Any = import_module("ministack.services.lambda_svc")
keys: Any = import_module("ministack.services.kms")
logs: Any = import_module("ministack.services.cloudwatch_logs")
queues: Any = import_module("ministack.services.sqs")
schedules: Any = import_module("ministack.services.scheduler")
tables: Any = import_module("ministack.services.dynamodb")

_LEANED_ON: dict[Any, tuple[str, ...]] = {
    gateway: (
        "app",
        "save_all",
        "_build_persistence_save_dict",
        "_dispatch_service_request",
        "_routing_params",
        "detect_service",
        "extract_access_key_id",
        "extract_region",
    ),
    actions: (
        "access_denied_response",
        "dynamodb_resource_arns",
        "dynamodb_transaction_checks",
        "extract_iam_action",
        "extract_resource_arn",
    ),
    arns: ("parse_arn", "ArnParseError"),
    persistence: ("_json_default", "_state_format_version"),
    requests: ("get_account_id", "set_request_account_id", "set_request_region"),
    roles: ("_roles",),
    verdicts: ("EvalContext", "evaluate", "parse_policy_document"),
    alarms: (
        "_alarms",
        "_calc_stats",
        "_dims_key",
        "_dispatch_alarm_actions",
        "_evaluate_alarm",
        "_metric_bucket",
        "_metrics",
        "_record_history",
        "_stat_value",
    ),
    api_gateway: ("_apis", "_stages"),
    buckets: ("_buckets", "_object_versions", "DATA_DIR"),
    events: (
        "_invoke_target",
        "_dispatch_to_lambda",
        "_pattern_event_view",
        "_parse_rate_seconds",
        "_parse_cron_fields",
        "_cron_next_fire",
    ),
    formation: ("_cw_metric_alarm_record",),
    functions: (
        "_emit_lambda_metrics",
        "_execute_function_warm",
        "_esm_wake",
        "_execution_record_for_config",
        "_get_func_record_for_ref",
        "_prune_orphan_code_blobs",
        "_resolve_layer_zip",
        "_runtime_env_vars",
        "_sqs_esm_concurrency",
        "CODE_BLOB_DIR",
        "_ESM_BACKOFF_SECONDS",
        "_ESM_SQS_DEFAULT_CONCURRENCY",
        "invoke_async_with_retry",
    ),
    keys: ("handle_request", "_encrypt", "_decrypt", "_generate_data_key_common", "_resolve_key"),
    logs: ("_log_groups",),
    queues: ("_HANDLERS", "_Err", "_act_send_message", "_queue_by_arn", "_queues", "_queue_url", "_queues_lock"),
    schedules: ("_schedules", "_create_schedule", "_error", "start_scheduler"),
    tables: ("_evaluate_condition", "_tables"),
}


def missing() -> list[str]:
    """Names this package uses that the installed MiniStack does not have."""
    return [
        f"{module.__name__}.{name}"
        for module, names in _LEANED_ON.items()
        for name in names
        if not hasattr(module, name)
    ]


def now() -> float:
    """Seconds, as MiniStack stamps what it keeps."""
    return time.time()
