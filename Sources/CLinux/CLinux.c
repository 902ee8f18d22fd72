// CLinux has no code of its own: all of it is static inline in the header, so that Swift can
// inline it across the module border. SwiftPM wants one source file per C target; this is it.
// What needs _GNU_SOURCE, and therefore cannot be inline in a header that Swift imports.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "CLinux.h"
#include <link.h>
#include <malloc.h>

// Only segments that are never written: a page changed by relocation would be lost.
static int shed_text(struct dl_phdr_info *object, size_t size, void *page_bytes) {
    (void)size;
    uintptr_t page = *(const uintptr_t *)page_bytes;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X) || segment->p_flags & PF_W)
            continue;
        uintptr_t start = (object->dlpi_addr + segment->p_vaddr + page - 1) & ~(page - 1);
        uintptr_t end = (object->dlpi_addr + segment->p_vaddr + segment->p_memsz) & ~(page - 1);
        if (start < end) madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

void clinux_shed_start_pages(void) {
    uintptr_t page_bytes = (uintptr_t)sysconf(_SC_PAGESIZE);
    dl_iterate_phdr(shed_text, &page_bytes);
    malloc_trim(0);
}

const char *clinux_error_text(int error) { return strerrordesc_np(error); }

int clinux_accept(int fd, struct clinux_address *peer) {
    memset(peer, 0, sizeof *peer);
    peer->bytes = offsetof(struct clinux_address, bytes);
    return clinux_result(accept4(fd, &peer->any, &peer->bytes, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

int clinux_pipe(int fds[2], int bytes) {
    int r = clinux_result(pipe2(fds, O_NONBLOCK | O_CLOEXEC));
    if (r < 0) return r;
    int size = fcntl(fds[1], F_SETPIPE_SZ, bytes);
    return size > 0 ? size : fcntl(fds[1], F_GETPIPE_SZ);
}

long clinux_splice(int from, int to, size_t bytes) {
    long n = splice(from, NULL, to, NULL, bytes, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    return n < 0 ? -(long)errno : n;
}

int clinux_thread_name(const char *name) {
    return -pthread_setname_np(pthread_self(), name);
}

int clinux_thread_pin(pthread_t thread, int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    if (cpu < 0 || cpu >= CPU_SETSIZE) return -EINVAL;
    CPU_SET((size_t)cpu, &set);
    return -pthread_setaffinity_np(thread, sizeof set, &set);
}

int clinux_thread_start(pthread_t *thread, int cpu, void *(*body)(void *),
                                      void *context) {
    pthread_attr_t attributes;
    cpu_set_t set;
    int r = pthread_attr_init(&attributes);
    if (r != 0) return -r;
    if (cpu >= CPU_SETSIZE) r = EINVAL;
    if (r == 0 && cpu >= 0) {
        CPU_ZERO(&set);
        CPU_SET((size_t)cpu, &set);
        r = pthread_attr_setaffinity_np(&attributes, sizeof set, &set);
    }
    if (r == 0) r = pthread_create(thread, &attributes, body, context);
    pthread_attr_destroy(&attributes);
    return -r;
}

int clinux_affinity(uint8_t *marks, int count) {
    cpu_set_t set;
    int found = 0;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) return -errno;
    for (int cpu = 0; cpu < count && cpu < CPU_SETSIZE; cpu++) {
        marks[cpu] = CPU_ISSET((size_t)cpu, &set) ? 1 : 0;
        found += marks[cpu];
    }
    return found;
}
