/* Counts what an audio thread must never do, for a host that preloads this library (LD_PRELOAD) and calls
 * rt_guard_begin and rt_guard_end around `process`. Calls on other threads, and outside the two, pass uncounted.
 *
 * Locks that are taken with an atomic instruction alone never reach a library and cannot be seen from here; one that
 * waits goes through `syscall` (futex) and is counted as a lock. Waking another thread (futex too) does not wait: it is
 * counted apart. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum kind { ALLOC, FREE, LOCK, OPEN, WRITE, READ, SYSCALL, SLEEP, WAKE, KINDS };

static __thread int guarded __attribute__((tls_model("initial-exec")));
static uint64_t counts[KINDS];
static void *first_trace[KINDS][24];
static int first_depth[KINDS];

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

static void seen(enum kind kind) {
    if (guarded != 1) return;
    guarded = 2; /* what follows is ours */
    if (__atomic_fetch_add(&counts[kind], 1, __ATOMIC_RELAXED) == 0)
        first_depth[kind] = backtrace(first_trace[kind], 24);
    guarded = 1;
}

__attribute__((constructor)) static void prepare(void) {
    void *frames[4];
    backtrace(frames, 4); /* loads its own library at the first call: better now */
}

void rt_guard_begin(void) { guarded = 1; }
void rt_guard_end(void) { guarded = 0; }
uint64_t rt_guard_count(int kind) { return kind >= 0 && kind < KINDS ? __atomic_load_n(&counts[kind], __ATOMIC_RELAXED) : 0; }

/* Writes where the first counted call of a kind came from, a line for each frame; empty when nothing was counted. */
void rt_guard_trace(int kind, char *text, size_t size) {
    size_t used = 0;
    if (size) text[0] = 0;
    if (kind < 0 || kind >= KINDS) return;
    for (int i = 0; i < first_depth[kind] && used < size; i++) {
        Dl_info info;
        if (!dladdr(first_trace[kind][i], &info) || !info.dli_fname) continue;
        const char *name = strrchr(info.dli_fname, '/');
        int n = snprintf(text + used, size - used, "%s+0x%zx %s\n", name ? name + 1 : info.dli_fname,
                         (size_t)((char *)first_trace[kind][i] - (char *)info.dli_fbase), info.dli_sname ? info.dli_sname : "");
        if (n < 0) return;
        used += (size_t)n;
    }
}

void *malloc(size_t n) { seen(ALLOC); return __libc_malloc(n); }
void *calloc(size_t n, size_t m) { seen(ALLOC); return __libc_calloc(n, m); }
void *realloc(void *p, size_t n) { seen(ALLOC); return __libc_realloc(p, n); }
void *memalign(size_t a, size_t n) { seen(ALLOC); return __libc_memalign(a, n); }
void *aligned_alloc(size_t a, size_t n) { seen(ALLOC); return __libc_memalign(a, n); }
int posix_memalign(void **p, size_t a, size_t n) { seen(ALLOC); *p = __libc_memalign(a, n); return *p ? 0 : ENOMEM; }
void free(void *p) { if (p) seen(FREE); __libc_free(p); }

#define NEXT(result, name, ...) \
    static result (*next)(__VA_ARGS__); \
    if (!next) next = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

int pthread_mutex_lock(pthread_mutex_t *m) { NEXT(int, pthread_mutex_lock, pthread_mutex_t *); seen(LOCK); return next(m); }
int pthread_rwlock_rdlock(pthread_rwlock_t *m) { NEXT(int, pthread_rwlock_rdlock, pthread_rwlock_t *); seen(LOCK); return next(m); }
int pthread_rwlock_wrlock(pthread_rwlock_t *m) { NEXT(int, pthread_rwlock_wrlock, pthread_rwlock_t *); seen(LOCK); return next(m); }
int sem_wait(sem_t *s) { NEXT(int, sem_wait, sem_t *); seen(LOCK); return next(s); }
int sched_yield(void) { NEXT(int, sched_yield, void); seen(SLEEP); return next(); }
int nanosleep(const struct timespec *a, struct timespec *b) { NEXT(int, nanosleep, const struct timespec *, struct timespec *); seen(SLEEP); return next(a, b); }
int clock_nanosleep(clockid_t c, int f, const struct timespec *a, struct timespec *b) {
    NEXT(int, clock_nanosleep, clockid_t, int, const struct timespec *, struct timespec *);
    seen(SLEEP);
    return next(c, f, a, b);
}

static mode_t mode_of(int flags, va_list list) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0; }
#define OPEN_LIKE(name) \
    int name(const char *path, int flags, ...) { \
        NEXT(int, name, const char *, int, ...); \
        va_list list; va_start(list, flags); mode_t mode = mode_of(flags, list); va_end(list); \
        seen(OPEN); return next(path, flags, mode); }
OPEN_LIKE(open)
OPEN_LIKE(open64)
#define OPENAT_LIKE(name) \
    int name(int folder, const char *path, int flags, ...) { \
        NEXT(int, name, int, const char *, int, ...); \
        va_list list; va_start(list, flags); mode_t mode = mode_of(flags, list); va_end(list); \
        seen(OPEN); return next(folder, path, flags, mode); }
OPENAT_LIKE(openat)
OPENAT_LIKE(openat64)
FILE *fopen(const char *path, const char *mode) { NEXT(FILE *, fopen, const char *, const char *); seen(OPEN); return next(path, mode); }
FILE *fopen64(const char *path, const char *mode) { NEXT(FILE *, fopen64, const char *, const char *); seen(OPEN); return next(path, mode); }

ssize_t write(int f, const void *p, size_t n) { NEXT(ssize_t, write, int, const void *, size_t); seen(WRITE); return next(f, p, n); }
ssize_t writev(int f, const struct iovec *v, int n) { NEXT(ssize_t, writev, int, const struct iovec *, int); seen(WRITE); return next(f, v, n); }
ssize_t read(int f, void *p, size_t n) { NEXT(ssize_t, read, int, void *, size_t); seen(READ); return next(f, p, n); }
void *mmap(void *a, size_t n, int p, int f, int d, off_t o) { NEXT(void *, mmap, void *, size_t, int, int, int, off_t); seen(ALLOC); return next(a, n, p, f, d, o); }
int munmap(void *a, size_t n) { NEXT(int, munmap, void *, size_t); seen(FREE); return next(a, n); }

long syscall(long number, ...) {
    NEXT(long, syscall, long, ...);
    va_list list;
    va_start(list, number);
    long a[6];
    for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
    va_end(list);
    int operation = number == SYS_futex ? (int)a[1] & FUTEX_CMD_MASK : -1;
    seen(operation == FUTEX_WAKE || operation == FUTEX_WAKE_BITSET ? WAKE : operation >= 0 ? LOCK : SYSCALL);
    return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
