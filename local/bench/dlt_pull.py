"""A pull of all constituents by dlt's REST API source into DuckDB; run by `peer` with dlt's own interpreter.

Reads a line of JSON, `{"url", "key", "size"}` (of a page). Prints one: rows, seconds of extracting and of the
whole, and of processor time.
"""

import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"

import dlt
from dlt.sources.rest_api import rest_api_source


def pull(url: str, key: str, size: int, folder: Path) -> dict[str, float]:
    """One pull into a new database."""
    source = rest_api_source({
        "client": {
            "base_url": url,
            "auth": {"type": "api_key", "name": "X-API-KEY", "api_key": key, "location": "header"},
            "paginator": {
                "type": "offset", "limit": size, "offset_param": "skip", "limit_param": "take", "total_path": "Total",
            },
        },
        "resources": [
            {
                "name": "constituents",
                "primary_key": "Id",
                "endpoint": {"path": "constituents", "params": {"orderBy": "Id"}, "data_selector": "Results"},
            }
        ],
    })  # fmt: skip
    database = dlt.destinations.duckdb(str(folder / "crm.duckdb"))
    pipeline = dlt.pipeline("bench", destination=database, dataset_name="pulled", pipelines_dir=str(folder))
    began, computing = time.perf_counter(), time.process_time()
    pipeline.extract(source)
    extracted = time.perf_counter() - began
    pipeline.normalize()
    pipeline.load()
    seconds, computed = time.perf_counter() - began, time.process_time() - computing
    with pipeline.sql_client() as client:
        ((rows,),) = client.execute_sql("SELECT count(*) FROM constituents")
    return {"rows": rows, "extract_seconds": extracted, "seconds": seconds, "computed": computed}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        print(json.dumps(pull(**json.loads(sys.stdin.readline()), folder=Path(made))))
