#!/bin/bash
# Starts Pulsar in its container, with the settings of its environment.
set -euo pipefail
cd /pulsar

bin/apply-config-from-env.py conf/standalone.conf
bash /setup/setup.sh &
exec bin/pulsar standalone --no-functions-worker --no-stream-storage
