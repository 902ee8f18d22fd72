"""Every name the system tests take from weir: start-up text, flags, metrics, columns.

When weir renames something, this is the one file to change. Metric names are the Prometheus ones;
the dotted ones (statsd, /stats) are given as patterns, since they hold the listener's name.
"""

import re

# Start-up text, one line per address: "listener  http://127.0.0.1:41235  ->  ...", "admin     ...".
LISTENER_LINE = re.compile(r"^listener +(?:http://)?(\S+)(?: .*)?$", re.MULTILINE)
ADMIN_LINE = re.compile(r"^admin +http://(\S+)$", re.MULTILINE)

# Flags that the tests turn (timeouts take durations such as 200ms and 1s, sizes such as 1MiB).
HEAD_TIMEOUT = "--head-timeout"
IDLE_TIMEOUT = "--idle-timeout"
CONNECT_TIMEOUT = "--connect-timeout"
RESPONSE_TIMEOUT = "--response-timeout"
BODY_LIMIT = "--max-request-body"
DRAIN_SECONDS = "--drain-time-s"
CONNECTION_BALANCE = "--connection-balance"

# Requests at the listener. total = completed + active; completed = classes = codes = time count.
RQ_TOTAL = "weir_http_downstream_rq_total"
RQ_COMPLETED = "weir_http_downstream_rq_completed_total"
RQ_ACTIVE = "weir_http_downstream_rq_active"
RQ_CLASS = "weir_http_downstream_rq_xx_total"
RQ_CODE = "weir_http_downstream_rq_code_total"
RQ_TIME = "weir_http_downstream_rq_time_seconds"
RQ_REFUSED = "weir_http_downstream_rq_refused_total"
RQ_FAILED = "weir_http_downstream_rq_failed_total"
HEAD_TIMEOUTS = "weir_http_downstream_rq_header_timeout_total"
IDLE_TIMEOUTS = "weir_http_downstream_cx_idle_timeout_total"
UPGRADES = "weir_http_downstream_cx_upgrades_total"
RQ_BODY_BYTES = "weir_http_downstream_rq_body_bytes_total"
CODE_LABEL, CLASS_LABEL, REASON_LABEL = "response_code", "response_code_class", "reason"
OUTCOME_LABEL = "kind"

# Connections at the listener.
CX_TOTAL = "weir_listener_downstream_cx_total"
CX_ACTIVE = "weir_listener_downstream_cx_active"
CX_DESTROYED = "weir_listener_downstream_cx_destroy_total"
ACCEPT_PAUSED = "weir_listener_accept_paused_total"
HANDED_OVER = "weir_listener_accept_handed_over_total"
# By thread; the imbalance is of their largest over their mean, in percent.
THREAD_CX_TOTAL = "weir_thread_downstream_cx_total"
THREAD_CX_ACTIVE = "weir_thread_downstream_cx_active"
IMBALANCE = "weir_server_worker_imbalance"

# Clusters. total = completed + active; completed = classes + no_response.
UP_TOTAL = "weir_cluster_upstream_rq_total"
UP_COMPLETED = "weir_cluster_upstream_rq_completed_total"
UP_ACTIVE = "weir_cluster_upstream_rq_active"
UP_CLASS = "weir_cluster_upstream_rq_xx_total"
UP_NO_RESPONSE = "weir_cluster_upstream_rq_no_response_total"
UP_RETRY = "weir_cluster_upstream_rq_retry_total"
UP_TIMEOUT = "weir_cluster_upstream_rq_timeout_total"
UP_CONNECT_FAIL = "weir_cluster_upstream_cx_connect_fail_total"
UP_CONNECT_TIMEOUT = "weir_cluster_upstream_cx_connect_timeout_total"

# Endpoints of clusters. total = success + error + active.
EP_TOTAL = "weir_cluster_endpoint_rq_total"
EP_SUCCESS = "weir_cluster_endpoint_rq_success_total"
EP_ERROR = "weir_cluster_endpoint_rq_error_total"
EP_CANCELLED = "weir_cluster_endpoint_rq_cancelled_total"
EP_ACTIVE = "weir_cluster_endpoint_rq_active"

# Families found by pattern: the tests only ask that one of them moved.
WATCHDOG_MISS = re.compile(r"^weir_.*watchdog_\w*miss\w*_total$")
LATE_CUTS = re.compile(r"^weir_.*late.*_total$")
HISTORY_ERRORS = re.compile(r"^weir_history_.*(error|fail)\w*_total$")
STATSD_ERRORS = re.compile(r"^weir_.*statsd.*(error|fail)\w*_total$")

# Dotted names, as statsd datagrams and /stats carry them; a prefix before "http." is allowed.
DOTTED_RQ_TOTAL = re.compile(r"(^|\.)http\.[^.]+\.downstream_rq_total$")
DOTTED_RQ_COMPLETED = re.compile(r"(^|\.)http\.[^.]+\.downstream_rq_completed$")
DOTTED_RQ_TIME = re.compile(r"(^|\.)http\.[^.]+\.downstream_rq_time$")

# Worker threads.
WORKER_THREAD = "wrk:0"
