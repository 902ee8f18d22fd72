#!/usr/bin/env bash
# CPU time per proxied request of weir beside nginx and haproxy, each with one worker, in front of
# the same nginx origin. The figure is what the kernel charged to the proxy's threads, so that it
# holds on a busy machine; compare within one run only. Load generator and origin share the first
# usable CPU, every proxy has the second. ROUNDS, SECONDS_EACH and CONNECTIONS may be set.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
PATH="$PATH:/usr/sbin:/sbin"
rounds=${ROUNDS:-3}
seconds=${SECONDS_EACH:-4}
connections=${CONNECTIONS:-64}
weir=$PWD/${WEIR_BINARY:-.build/release/weir}
dir=$(mktemp -d "${TMPDIR:-/tmp}/weir-bench.XXXXXX")
pids=()
cleanup() {
    [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
    wait 2>/dev/null || true
    rm -rf "$dir"
}
trap cleanup EXIT

read -r -a cpus < <(/usr/bin/python3 -c 'import os; print(*sorted(os.sched_getaffinity(0)))')
load_cpu=${cpus[0]}
proxy_cpu=${cpus[1]:-${cpus[0]}}
read -r p_origin p_nginx p_haproxy p_weir < <(/usr/bin/python3 - <<'PY'
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(4)]
print(*(s.getsockname()[1] for s in held))
PY
)

nginx_conf() { # name, body of the server's http block
    cat >"$dir/$1.conf" <<TEXT
daemon off; worker_processes 1; pid $dir/$1.pid; error_log stderr crit;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000;
  client_body_temp_path $dir/$1-body; proxy_temp_path $dir/$1-proxy; fastcgi_temp_path $dir/$1-f;
  uwsgi_temp_path $dir/$1-u; scgi_temp_path $dir/$1-s;
  $2
}
TEXT
}
body=$(printf 'x%.0s' {1..64})
nginx_conf origin "server { listen 127.0.0.1:$p_origin; location / { return 200 '$body'; } }"
nginx_conf nginx "upstream origin { server 127.0.0.1:$p_origin; keepalive 512;
    keepalive_requests 1000000000; }
  server { listen 127.0.0.1:$p_nginx; location / { proxy_pass http://origin;
    proxy_http_version 1.1; proxy_set_header Connection ''; } }"
cat >"$dir/haproxy.cfg" <<TEXT
global
  nbthread 1
  maxconn 4096
defaults
  mode http
  http-reuse always
  timeout connect 2s
  timeout client 30s
  timeout server 30s
listen through
  bind 127.0.0.1:$p_haproxy
  server origin 127.0.0.1:$p_origin
TEXT

start() { # cpu, command...
    taskset -c "$1" "${@:2}" >>"$dir/log" 2>&1 &
    pids+=($!)
    last=$!
}
declare -A port=([nginx]=$p_nginx [haproxy]=$p_haproxy [weir]=$p_weir) pid
start "$load_cpu" nginx -p "$dir" -e stderr -c "$dir/origin.conf"
start "$proxy_cpu" nginx -p "$dir" -e stderr -c "$dir/nginx.conf"
pid[nginx]=$last
names=(nginx)
if command -v haproxy >/dev/null; then
    start "$proxy_cpu" haproxy -db -f "$dir/haproxy.cfg"
    pid[haproxy]=$last
    names+=(haproxy)
fi
if [ -x "$weir" ]; then
    start "$proxy_cpu" "$weir" --listen "127.0.0.1:$p_weir" --upstream "127.0.0.1:$p_origin" \
        --concurrency 1 --admin 127.0.0.1:0 --history "$dir/weir.db"
    pid[weir]=$last
    names+=(weir)
else
    echo "no $weir: run \`make build\` first; measuring the others" >&2
fi

for name in "${names[@]}"; do
    for _ in {1..100}; do
        curl -fsS -o /dev/null "http://127.0.0.1:${port[$name]}/" 2>/dev/null && continue 2
        sleep 0.05
    done
    echo "$name does not answer:" >&2
    cat "$dir/log" >&2
    exit 1
done

# Nanoseconds of CPU of a process and its children: nginx works in a child of the one we started.
cpu_nanos() {
    local process sum=0 nanos rest task
    for process in "$1" $(cat "/proc/$1/task/"*/children 2>/dev/null); do
        for task in "/proc/$process/task/"*; do
            read -r nanos rest <"$task/schedstat"
            sum=$((sum + nanos))
        done
    done
    echo "$sum"
}

printf '%-8s %12s %14s %10s\n' proxy requests/s 'CPU us/request' p99
for ((round = 1; round <= rounds; round++)); do
    for name in "${names[@]}"; do
        before=$(cpu_nanos "${pid[$name]}")
        taskset -c "$load_cpu" wrk -t1 -c"$connections" -d"${seconds}s" --latency \
            "http://127.0.0.1:${port[$name]}/" >"$dir/wrk"
        after=$(cpu_nanos "${pid[$name]}")
        requests=$(awk '/requests in/ { print $1 }' "$dir/wrk")
        cost=$(awk -v n=$((after - before)) -v r="$requests" \
            'BEGIN { printf "%.2f", n / 1000 / r }')
        echo "$cost" >>"$dir/cost-$name"
        printf '%-8s %12d %14s %10s %s\n' "$name" $((requests / seconds)) "$cost" \
            "$(awk '$1 == "99%" { print $2 }' "$dir/wrk")" \
            "$(grep -E 'Socket errors|Non-2xx' "$dir/wrk" || true)"
    done
done

median() { sort -n "$dir/cost-$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
echo
for name in "${names[@]}"; do
    printf '%-8s median %6.2f us/request\n' "$name" "$(median "$name")"
done
if [ -x "$weir" ]; then
    for name in "${names[@]}"; do
        [ "$name" = weir ] || awk -v n="$name" -v a="$(median weir)" -v b="$(median "$name")" \
            'BEGIN { printf "weir / %s: %.2f\n", n, a / b }'
    done
fi
