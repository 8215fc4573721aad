#!/bin/bash
# Makes a tenant and a namespace in it as soon as the broker lets it. What is there already
# stays as it is. With `check` it says whether the broker is well and has them.
set -euo pipefail

api=${API:-http://localhost:8080}/admin/v2
tenant=${TENANT:-platformq}
namespace=$tenant/${NAMESPACE:-acme}

# ask METHOD PATH [BODY]: prints the status.
ask() {
    curl --silent --max-time 10 --output /dev/null --write-out '%{http_code}' \
        --request "$1" --header 'content-type: application/json' --data "${3:-}" "$api/$2"
}

# make PATH [BODY]: 409 says that it is there.
make() {
    case $(ask PUT "$@") in
        204 | 409) ;;
        *) return 1 ;;
    esac
}

clusters() {
    curl --silent --fail --max-time 10 "$api/clusters"
}

is_well() {
    [ "$(curl --silent --fail --max-time 10 "$api/brokers/health")" = ok ]
}

if [ "${1:-}" = check ]; then
    is_well && [ "$(ask GET "namespaces/$namespace")" = 200 ]
    exit
fi

# The cluster that tenants live in is known a moment after the broker is.
for _ in $(seq 300); do
    if is_well && in=$(clusters) &&
        make "tenants/$tenant" "{\"allowedClusters\": $in, \"adminRoles\": []}" &&
        make "namespaces/$namespace"; then
        echo "There is a namespace $namespace"
        exit
    fi
    sleep 1
done
echo "The broker does not take the namespace $namespace" >&2
exit 1
