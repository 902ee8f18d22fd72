// CLinux: what Glibc's Swift module does not export, as static inline C without logic.
// Memory reservation for slabs and shards: zeroed, backed by pages only when touched.
// Calls that can fail return -errno (>= 0 is success), as the raw system calls do, so that no
// Swift code between the call and the reading of errno can change it.
// This header must not define _GNU_SOURCE: types would then differ from those of Swift's Glibc
// module ("different definitions in different modules"). What needs it is in CLinux.c.
#ifndef CLINUX_H
#define CLINUX_H

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/// Reserves `bytes` of zeroed address space; NULL when the kernel refuses.
static inline void *clinux_reserve(size_t bytes) {
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

/// Gives a reservation back.
static inline void clinux_unreserve(void *p, size_t bytes) { munmap(p, bytes); }

/// Small pages only: one touched element must not cost 2 MiB.
static inline void clinux_no_huge_pages(void *p, size_t bytes) {
    madvise(p, bytes, MADV_NOHUGEPAGE);
}

/// Gives the pages back to the kernel; they read as zeroes when touched again.
static inline void clinux_discard(void *p, size_t bytes) { madvise(p, bytes, MADV_DONTNEED); }

// ---- results -----------------------------------------------------------------------------

static inline int clinux_result(int r) { return r < 0 ? -errno : r; }

/// Takes the executable pages of this program and its libraries out of memory; those that are
/// still needed come back from the page cache as they are touched. Gives free heap back too.
void clinux_shed_start_pages(void);

/// The static English text of an errno; NULL when unknown.
const char *clinux_error_text(int error);

// ---- clocks ------------------------------------------------------------------------------

static inline uint64_t clinux_nanos(clockid_t clock) {
    struct timespec t;
    if (clock_gettime(clock, &t) != 0) return 0;
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
static inline uint64_t clinux_monotonic_nanos(void) { return clinux_nanos(CLOCK_MONOTONIC); }
static inline uint64_t clinux_wall_nanos(void) { return clinux_nanos(CLOCK_REALTIME); }
static inline uint64_t clinux_thread_cpu_nanos(void) {
    return clinux_nanos(CLOCK_THREAD_CPUTIME_ID);
}

// ---- epoll, eventfd, signalfd ------------------------------------------------------------

static inline int clinux_epoll_create(void) { return clinux_result(epoll_create1(EPOLL_CLOEXEC)); }
static inline int clinux_epoll_add(int ep, int fd, uint32_t events, uint64_t data) {
    struct epoll_event e = {.events = events, .data = {.u64 = data}};
    return clinux_result(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e));
}
static inline int clinux_epoll_modify(int ep, int fd, uint32_t events, uint64_t data) {
    struct epoll_event e = {.events = events, .data = {.u64 = data}};
    return clinux_result(epoll_ctl(ep, EPOLL_CTL_MOD, fd, &e));
}
static inline int clinux_epoll_remove(int ep, int fd) {
    return clinux_result(epoll_ctl(ep, EPOLL_CTL_DEL, fd, NULL));
}
static inline int clinux_epoll_wait(int ep, struct epoll_event *e, int max, int timeout) {
    return clinux_result(epoll_wait(ep, e, max, timeout));
}
static inline size_t clinux_epoll_event_bytes(void) { return sizeof(struct epoll_event); }
/// C reads the fields: the struct is packed on x86-64 and not on arm64.
static inline uint64_t clinux_epoll_data(const struct epoll_event *e, size_t i) {
    return e[i].data.u64;
}
static inline uint32_t clinux_epoll_events(const struct epoll_event *e, size_t i) {
    return e[i].events;
}
static const uint32_t clinux_epoll_edge = EPOLLET;
static const uint32_t clinux_epoll_exclusive = EPOLLEXCLUSIVE;

static inline int clinux_eventfd(void) {
    return clinux_result(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
}
static inline int clinux_event_signal(int fd) { return clinux_result(eventfd_write(fd, 1)); }
static inline int clinux_event_clear(int fd) {
    eventfd_t value;
    return clinux_result(eventfd_read(fd, &value));
}

static inline int clinux_timerfd(void) {
    return clinux_result(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
}
/// Expires once, at a time of the monotonic clock, which must not be 0.
static inline int clinux_timer_set(int fd, uint64_t nanos) {
    struct itimerspec at = {.it_value = {.tv_sec = (time_t)(nanos / 1000000000u),
                                         .tv_nsec = (long)(nanos % 1000000000u)}};
    return clinux_result(timerfd_settime(fd, TFD_TIMER_ABSTIME, &at, NULL));
}

static inline int clinux_signal_block(const int *signals, size_t count) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++) sigaddset(&set, signals[i]);
    return -pthread_sigmask(SIG_BLOCK, &set, NULL);
}
static inline int clinux_signalfd(const int *signals, size_t count) {
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < count; i++) sigaddset(&set, signals[i]);
    return clinux_result(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
}
/// The next pending signal's number; 0 or less when there is none.
static inline int clinux_signal_read(int fd) {
    struct signalfd_siginfo info;
    ssize_t n = read(fd, &info, sizeof info);
    return n == (ssize_t)sizeof info ? (int)info.ssi_signo : clinux_result((int)n);
}
static inline void clinux_ignore_broken_pipe(void) { signal(SIGPIPE, SIG_IGN); }

// ---- sockets -----------------------------------------------------------------------------

static inline long clinux_receive(int fd, void *p, size_t bytes) {
    ssize_t n = recv(fd, p, bytes, 0);
    return n < 0 ? -(long)errno : n;
}
static inline long clinux_send(int fd, const void *p, size_t bytes) {
    ssize_t n = send(fd, p, bytes, MSG_NOSIGNAL);
    return n < 0 ? -(long)errno : n;
}
static inline long clinux_send_two(int fd, const void *a, size_t aBytes, const void *b,
                                   size_t bBytes) {
    struct iovec parts[2] = {{(void *)a, aBytes}, {(void *)b, bBytes}};
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);
    return n < 0 ? -(long)errno : n;
}

/// Room for any address, and how much of it is used.
struct clinux_address {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un local;
    };
    socklen_t bytes;
};
static inline void clinux_address_v4(struct clinux_address *a, uint32_t ip, uint16_t port) {
    memset(a, 0, sizeof *a);
    a->v4.sin_family = AF_INET;
    a->v4.sin_addr.s_addr = htonl(ip);
    a->v4.sin_port = htons(port);
    a->bytes = sizeof a->v4;
}
static inline void clinux_address_v6(struct clinux_address *a, uint64_t high, uint64_t low,
                                     uint16_t port) {
    memset(a, 0, sizeof *a);
    a->v6.sin6_family = AF_INET6;
    for (int i = 0; i < 8; i++) {
        a->v6.sin6_addr.s6_addr[i] = (uint8_t)(high >> (56 - 8 * i));
        a->v6.sin6_addr.s6_addr[8 + i] = (uint8_t)(low >> (56 - 8 * i));
    }
    a->v6.sin6_port = htons(port);
    a->bytes = sizeof a->v6;
}
/// `bytes` must be below 108.
static inline void clinux_address_local(struct clinux_address *a, const char *path,
                                        size_t bytes) {
    memset(a, 0, sizeof *a);
    a->local.sun_family = AF_UNIX;
    memcpy(a->local.sun_path, path, bytes);
    a->bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + bytes + 1);
}
static inline int clinux_address_family(const struct clinux_address *a) {
    return a->any.sa_family;
}
static inline uint32_t clinux_address_ip4(const struct clinux_address *a) {
    return ntohl(a->v4.sin_addr.s_addr);
}
/// Half 0 is the upper 64 bits.
static inline uint64_t clinux_address_ip6(const struct clinux_address *a, int half) {
    uint64_t value = 0;
    for (int i = 0; i < 8; i++) value = value << 8 | a->v6.sin6_addr.s6_addr[8 * half + i];
    return value;
}
/// IPv4 and IPv6 keep the port in the same place.
static inline uint16_t clinux_address_port(const struct clinux_address *a) {
    return ntohs(a->v4.sin_port);
}
/// The path, NUL-terminated because the struct is zeroed and the kernel writes at most 108 bytes.
static inline const char *clinux_address_path(const struct clinux_address *a) {
    return a->local.sun_path;
}

int clinux_accept(int fd, struct clinux_address *peer);
/// A pipe of two descriptors, non-blocking and close-on-exec, and its size in bytes, for which
/// `bytes` is a wish.
int clinux_pipe(int fds[2], int bytes);
/// Moves up to `bytes` from one descriptor to the other, one of them a pipe, without copying.
long clinux_splice(int from, int to, size_t bytes);
static inline int clinux_stream_socket(int family) {
    return clinux_result(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}
static inline int clinux_datagram_socket(int family) {
    return clinux_result(socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}
static inline int clinux_bind(int fd, const struct clinux_address *a) {
    return clinux_result(bind(fd, &a->any, a->bytes));
}
static inline int clinux_listen(int fd, int backlog) { return clinux_result(listen(fd, backlog)); }
static inline int clinux_connect(int fd, const struct clinux_address *a) {
    return clinux_result(connect(fd, &a->any, a->bytes));
}
static inline int clinux_local_address(int fd, struct clinux_address *a) {
    memset(a, 0, sizeof *a);
    a->bytes = offsetof(struct clinux_address, bytes);
    return clinux_result(getsockname(fd, &a->any, &a->bytes));
}
static inline int clinux_shutdown_write(int fd) { return clinux_result(shutdown(fd, SHUT_WR)); }
/// 1 when a byte or the end waits to be read, 0 when nothing does.
static inline int clinux_has_input(int fd) {
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN;
}
static inline int clinux_close(int fd) { return clinux_result(close(fd)); }
static inline int clinux_duplicate(int fd) {
    return clinux_result(fcntl(fd, F_DUPFD_CLOEXEC, 3));
}
static inline int clinux_mode_private(int fd) { return clinux_result(fchmod(fd, 0600)); }
static inline int clinux_is_socket_file(const char *path) {
    struct stat s;
    return lstat(path, &s) == 0 && S_ISSOCK(s.st_mode);
}
static inline int clinux_unlink(const char *path) { return clinux_result(unlink(path)); }

static inline int clinux_set_option(int fd, int level, int name, int value) {
    return clinux_result(setsockopt(fd, level, name, &value, sizeof value));
}
/// The option's value, or -errno: for options whose values are not negative.
static inline int clinux_option(int fd, int level, int name) {
    int value = 0;
    socklen_t bytes = sizeof value;
    int r = getsockopt(fd, level, name, &value, &bytes);
    return r < 0 ? -errno : value;
}
/// Makes close() send a reset instead of a FIN.
static inline int clinux_reset_on_close(int fd) {
    struct linger now = {1, 0};
    return clinux_result(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now));
}
static inline int clinux_set_no_delay(int fd) {
    return clinux_set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}
static inline int clinux_set_reuse_address(int fd) {
    return clinux_set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
}
static inline int clinux_set_reuse_port(int fd) {
    return clinux_set_option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
}
static inline int clinux_set_v6_only(int fd) {
    return clinux_set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
}
static inline int clinux_set_path_mtu_discovery(int fd, int family) {
    return family == AF_INET6
        ? clinux_set_option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_WANT)
        : clinux_set_option(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_WANT);
}
static inline int clinux_path_mtu(int fd, int family) {
    return family == AF_INET6 ? clinux_option(fd, IPPROTO_IPV6, IPV6_MTU)
                              : clinux_option(fd, IPPROTO_IP, IP_MTU);
}
/// Bytes in the send queue that are not acknowledged yet; 0 when the kernel does not say.
static inline int clinux_unsent_bytes(int fd) {
    int count = 0;
    return ioctl(fd, SIOCOUTQ, &count) == 0 ? count : 0;
}
static inline int clinux_socket_error(int fd) { return clinux_option(fd, SOL_SOCKET, SO_ERROR); }

// ---- threads -----------------------------------------------------------------------------

int clinux_thread_name(const char *name);
int clinux_thread_pin(pthread_t thread, int cpu);
/// Starts a thread, on one CPU when `cpu` is not negative.
int clinux_thread_start(pthread_t *thread, int cpu, void *(*body)(void *), void *context);
/// Sets `marks[cpu]` for each CPU of this thread's mask below `count`; how many were set.
int clinux_affinity(uint8_t *marks, int count);
/// The clock of a thread that has not been joined yet; or a positive errno.
static inline int clinux_thread_clock(pthread_t thread, clockid_t *clock) {
    return pthread_getcpuclockid(thread, clock);
}

// ---- limits ------------------------------------------------------------------------------

static inline uint64_t clinux_descriptor_limit(void) {
    struct rlimit limit;
    return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? (uint64_t)limit.rlim_cur : 0;
}
/// Soft limit up to the hard one; the limit afterwards.
static inline uint64_t clinux_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    return clinux_descriptor_limit();
}

#endif
