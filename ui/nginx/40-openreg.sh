#!/bin/sh
# Runs before nginx starts and writes what is known only now. An address that is none stops the start.
set -eu
configuration=${OPENREG_NGINX_DIR:-/etc/nginx/openreg}
made=${OPENREG_NGINX_MADE_DIR:-/tmp/openreg}
api=${VITE_API_URL:-}

refuse() {
    echo "VITE_API_URL must be the address of the API, such as https://api.example.com, without a path; it is: $api" >&2
    exit 1
}
case $api in
    *[!]A-Za-z0-9.:/[-]*) refuse ;; # also a line break, which grep would take for two addresses
esac
if [ -n "$api" ]; then
    printf '%s\n' "$api" | grep -Eq '^https?://([A-Za-z0-9.-]+|\[[0-9A-Fa-f:]+\])(:[0-9]+)?$' || refuse
fi

mkdir -p "$made"
printf 'window.__OPENREG__={"apiUrl": "%s"};' "$api" >"$made/config.js"
policy=$(sed -e '/^#/d' -e '/^$/d' -e "s|{nonce}|\$request_id|; s| *{api}| $api|; s| *\$||" \
    "$configuration/content_security_policy.txt" | awk '{ printf "%s%s", (NR > 1 ? "; " : ""), $0 }')
name_server=$(awk '$1 == "nameserver" { print ($2 ~ /:/ ? "[" $2 "]" : $2); exit }' /etc/resolv.conf)
cat >"$made/http.conf" <<END
map \$request_id \$content_security_policy {
    default "$policy";
}
map "" \$service {
    default "$API_UPSTREAM";
}
resolver ${name_server:-127.0.0.11} valid=10s;
END
