"""Sends requests and reads completions as platforms in Python do, by the classes that the
schemas were generated from.

    client.py send SERVICE TOPIC TENANT FIRST MANY [batched COMPRESSION | chunked BYTES | evolved]
    client.py listen SERVICE TOPIC MANY

What is read is printed, a JSON object per line, the schema of the topic before it.
"""

import json
import sys
import time
from base64 import b64encode

import pulsar
from pulsar.schema import AvroSchema, Integer, Long, Map, Record, String

DEADLINE_MS = 240_000


class ExecuteWasmFunction(Record):
    tenant_id = String(required=True)
    asset_id = String(required=True)
    asset_uri = String(required=True)
    wasm_module_id = String(required=True)
    event_timestamp = Long(required=True)


class FunctionExecutionCompleted(Record):
    tenant_id = String(required=True)
    asset_id = String(required=True)
    wasm_module_id = String(required=True)
    status = String(required=True)
    results = Map(String())
    error_message = String()
    event_timestamp = Long(required=True)


def evolved():
    class ExecuteWasmFunction(Record):
        priority = Integer(default=5, required=True, required_default=True)
        tenant_id = String(required=True)
        asset_id = String(required=True)
        asset_uri = String(required=True)
        wasm_module_id = String(required=True)
        event_timestamp = Long(required=True)
        note = String(required_default=True)

    return ExecuteWasmFunction


COMPRESSIONS = {
    "none": pulsar.CompressionType.NONE,
    "lz4": pulsar.CompressionType.LZ4,
    "zlib": pulsar.CompressionType.ZLib,
    "zstd": pulsar.CompressionType.ZSTD,
    "snappy": pulsar.CompressionType.SNAPPY,
}


# By itself it logs to where completions are printed.
LOGGER = pulsar.FileLogger(pulsar.LoggerLevel.Warn, "/dev/stderr")


def uri(text):
    return "data:;base64," + b64encode(text.encode()).decode()


def send(service, topic, tenant, first, many, how="plain", what=None):
    options = {"block_if_queue_full": True}
    request, module, padding = ExecuteWasmFunction, "echo", ""
    if how == "batched":
        options |= {
            "batching_enabled": True,
            "batching_max_publish_delay_ms": 100,
            "compression_type": COMPRESSIONS[what],
        }
    elif how == "chunked":
        options |= {"batching_enabled": False, "chunking_enabled": True}
        module, padding = "large", "x" * int(what)
    elif how == "evolved":
        request = evolved()
    client = pulsar.Client(service, logger=LOGGER)
    producer = client.create_producer(topic, schema=AvroSchema(request), **options)
    failed = []
    for n in range(int(first), int(first) + int(many)):
        record = request(
            tenant_id=tenant,
            asset_id=str(n),
            asset_uri=uri(json.dumps({"n": str(n), "padding": padding} if padding else {"n": str(n)})),
            wasm_module_id=module,
            event_timestamp=int(time.time() * 1000),
        )
        producer.send_async(record, lambda result, _: result == pulsar.Result.Ok or failed.append(result))
    producer.flush()
    client.close()
    if failed:
        sys.exit(f"not stored: {failed}")


def listen(service, topic, many):
    client = pulsar.Client(service, logger=LOGGER)
    schema = AvroSchema(FunctionExecutionCompleted)
    consumer = client.subscribe(
        topic,
        "python",
        schema=schema,
        initial_position=pulsar.InitialPosition.Earliest,
    )
    print(json.dumps(schema.schema_info().schema()), flush=True)
    for _ in range(int(many)):
        message = consumer.receive(timeout_millis=DEADLINE_MS)
        completion = message.value()
        told = {name: getattr(completion, name) for name in FunctionExecutionCompleted._fields}
        told |= {"key": message.partition_key(), "properties": message.properties()}
        print(json.dumps(told), flush=True)
        consumer.acknowledge(message)
    client.close()


{"send": send, "listen": listen}[sys.argv[1]](*sys.argv[2:])
