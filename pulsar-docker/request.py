#!/usr/bin/env python3
"""Asks for executions, as those do who have an asset to work on.

    request.py MODULE [ASSET_URI [COUNT]]

The asset is `data:,hello` where none is given. PULSAR_URL says where the broker is, else it
is on this machine; TENANT is whom the work is done for, else acme, and the namespace has
the same name.
"""

import os
import sys
import time

import pulsar
from pulsar.schema import AvroSchema, Long, Record, String


class ExecuteWasmFunction(Record):
    tenant_id = String(required=True)
    asset_id = String(required=True)
    asset_uri = String(required=True)
    wasm_module_id = String(required=True)
    event_timestamp = Long(required=True)


def main():
    if not 2 <= len(sys.argv) <= 4:
        sys.exit(__doc__)
    module, uri, count = (sys.argv[1:] + ["data:,hello", "1"][len(sys.argv) - 2 :])[:3]
    tenant = os.environ.get("TENANT") or "acme"
    url = os.environ.get("PULSAR_URL") or "pulsar://localhost:6650"
    topic = f"persistent://platformq/{tenant}/wasm-function-execution-requests"
    log = pulsar.ConsoleLogger(pulsar.LoggerLevel.Error)
    client = pulsar.Client(url, operation_timeout_seconds=10, logger=log)
    try:
        producer = client.create_producer(topic, schema=AvroSchema(ExecuteWasmFunction))
        for number in range(int(count)):
            now = int(time.time() * 1000)
            request = ExecuteWasmFunction(
                tenant_id=tenant,
                asset_id=f"by-hand-{now}-{number}",
                asset_uri=uri,
                wasm_module_id=module,
                event_timestamp=now,
            )
            print(producer.send(request), request.asset_id)
    except pulsar.PulsarException as error:
        sys.exit(f"{url}, {topic}: {error}")
    finally:
        client.close()


if __name__ == "__main__":
    main()
