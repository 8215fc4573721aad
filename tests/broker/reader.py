"""Reads one message of each routing key from a queue, and prints each as a line of JSON."""

import json
import sys

import pika

host, port, user, password, queue, wanted = sys.argv[1:7]
parameters = pika.ConnectionParameters(
    host, int(port), "/", pika.PlainCredentials(user, password)
)
channel = pika.BlockingConnection(parameters).channel()
wanted = set(wanted.split(","))
for method, properties, body in channel.consume(queue, auto_ack=True, inactivity_timeout=60):
    if method is None:
        sys.exit("no message for a minute, and still none of: %s" % ", ".join(wanted))
    if method.routing_key not in wanted:
        continue
    wanted.remove(method.routing_key)
    print(
        json.dumps(
            {
                "routing_key": method.routing_key,
                "content_type": properties.content_type,
                "delivery_mode": properties.delivery_mode,
                "message_id": properties.message_id,
                "timestamp": properties.timestamp,
                "app_id": properties.app_id,
                "type": properties.type,
                "body": json.loads(body),
            }
        ),
        flush=True,
    )
    if not wanted:
        break
