#!/usr/bin/env python3
"""Shows lifecycle events as they go by.

It reads a queue of its own that is gone when it ends, so nobody else misses a message.
Where the broker is it learns from the variables that function servers have:
CRBR_RABBITMQ_HOSTNAME, _PORT, _USERNAME, _PASSWORD, _VHOST and _EXCHANGE.

    watch.py            all events
    watch.py '#.healthy'   those whose routing key fits the pattern
"""

import json
import os
import sys
import time

import pika


def setting(name, default):
    return os.environ.get(f"CRBR_RABBITMQ_{name}") or default


def show(_channel, method, properties, body):
    seconds = properties.timestamp or time.time()
    published = time.strftime("%H:%M:%S", time.localtime(seconds))
    print(f"{published} {method.routing_key}")
    for name in ("app_id", "message_id", "type", "content_type", "headers"):
        if value := getattr(properties, name):
            print(f"  {name}: {value}")
    try:
        text = json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        text = repr(body)
    print("  " + text.replace("\n", "\n  "), flush=True)


def main():
    pattern = sys.argv[1] if len(sys.argv) > 1 else "#"
    exchange = setting("EXCHANGE", "event.exchange")
    parameters = pika.ConnectionParameters(
        host=setting("HOSTNAME", "localhost"),
        port=int(setting("PORT", "5672")),
        virtual_host=setting("VHOST", "/"),
        credentials=pika.PlainCredentials(
            setting("USERNAME", "cerebro"), setting("PASSWORD", "cerebro123")
        ),
    )
    where = f"{parameters.host}:{parameters.port}"
    try:
        connection = pika.BlockingConnection(parameters)
        channel = connection.channel()
        channel.exchange_declare(exchange, "topic", durable=True)
        queue = channel.queue_declare("", exclusive=True).method.queue
        channel.queue_bind(queue, exchange, pattern)
        channel.basic_consume(queue, show, auto_ack=True)
        print(f"Watching {exchange} on {where} for {pattern}, Ctrl-C ends it", flush=True)
        channel.start_consuming()
    except KeyboardInterrupt:
        pass
    except (pika.exceptions.AMQPError, OSError) as error:
        sys.exit(f"{where}: {error!r}")


if __name__ == "__main__":
    main()
