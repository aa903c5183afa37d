/* Faults for the store's tests, by LD_PRELOAD between the program and the C library.
 *
 * FAULT_PATH    folder; only files under it count (not SQLite's -shm, which nothing durable depends on)
 * FAULT_OPS     which operations count: "all", "sync" or "write"
 * FAULT_KIND    kill (before the operation), torn (half a write, then kill; else after it), eio, enospc
 * FAULT_AT      number of the operation that fails, from 1
 * FAULT_COUNT   how many fail from there on (eio, enospc); 1 where nothing is said
 * FAULT_MARK    file that is made when a fault happens
 * FAULT_SHADOW  folder that holds what a loss of power would leave: the content of a file as of its last sync, and names as of
 *               the last sync of their folder
 * FAULT_SNAP    prefix; opening PREFIX+NAME copies the shadow to FAULT_SHADOW.NAME at that instant
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OP_WRITE = 1, OP_SYNC = 2, OP_NAME = 4 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static long seen;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static const char *env(const char *name) {
    const char *value = getenv(name);
    return value ? value : "";
}

static int ours(const char *path) {
    const char *root = env("FAULT_PATH");
    size_t length = strlen(root), whole = strlen(path);
    if (!length || strncmp(path, root, length)) return 0;
    return whole < 4 || strcmp(path + whole - 4, "-shm");
}

static int path_of(int fd, char *path) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, PATH_MAX - 1);
    if (n < 0) return 0;
    path[n] = 0;
    return ours(path);
}

/* Counts an operation. Says 1 where it is the one to fail; sets errno for those that fail and go on. */
static int fails(int kind) {
    const char *ops = env("FAULT_OPS"), *how = env("FAULT_KIND");
    if (!strcmp(ops, "sync") && kind != OP_SYNC) return 0;
    if (!strcmp(ops, "write") && kind != OP_WRITE) return 0;
    if (!*how) return 0;
    long at = atol(env("FAULT_AT")), count = *env("FAULT_COUNT") ? atol(env("FAULT_COUNT")) : 1;
    long number = __sync_add_and_fetch(&seen, 1);
    if (number < at || number >= at + count) return 0;
    int mark = *env("FAULT_MARK") ? REAL(open)(env("FAULT_MARK"), O_WRONLY | O_CREAT, 0600) : -1;
    if (mark >= 0) close(mark);
    if (!strcmp(how, "kill")) kill(getpid(), SIGKILL);
    errno = !strcmp(how, "enospc") ? ENOSPC : EIO;
    return 1;
}

static int torn(void) { return !strcmp(env("FAULT_KIND"), "torn"); }
static void die(void) { kill(getpid(), SIGKILL); }

/* ---- the shadow ---- */

static void copy_file(const char *from, const char *to) {
    char bytes[65536];
    ssize_t n;
    int in = REAL(open)(from, O_RDONLY), out = REAL(open)(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    while (in >= 0 && out >= 0 && (n = read(in, bytes, sizeof bytes)) > 0)
        if (REAL(write)(out, bytes, n) != n) abort();
    if (in >= 0) close(in);
    if (out >= 0) close(out);
}

static void shadow_inode(ino_t ino, char *path) {
    REAL(mkdir)(env("FAULT_SHADOW"), 0700); /* a file may be synced before any folder is */
    snprintf(path, PATH_MAX, "%s/.ino", env("FAULT_SHADOW"));
    REAL(mkdir)(path, 0700);
    snprintf(path, PATH_MAX, "%s/.ino/%lu", env("FAULT_SHADOW"), (unsigned long)ino);
}

static void shadow_name(const char *path, char *out) {
    snprintf(out, PATH_MAX, "%s%s", env("FAULT_SHADOW"), path + strlen(env("FAULT_PATH")));
}

/* A folder was synced: its names are safe now, those that went are gone. */
static void shadow_folder(const char *path) {
    char name[PATH_MAX], real[PATH_MAX], copy[PATH_MAX], inode[PATH_MAX];
    struct stat st;
    struct dirent *e;
    shadow_name(path, name);
    REAL(mkdir)(name, 0700);
    DIR *dir = opendir(path);
    while (dir && (e = readdir(dir))) {
        if (e->d_name[0] == '.') continue;
        snprintf(real, PATH_MAX, "%.2000s/%.255s", path, e->d_name);
        snprintf(copy, PATH_MAX, "%.2000s/%.255s", name, e->d_name);
        if (stat(real, &st) || !ours(real)) continue;
        if (S_ISDIR(st.st_mode)) {
            REAL(mkdir)(copy, 0700);
            continue;
        }
        shadow_inode(st.st_ino, inode);
        int fd = REAL(open)(inode, O_WRONLY | O_CREAT, 0600);
        if (fd >= 0) close(fd);
        REAL(unlink)(copy);
        if (link(inode, copy)) abort();
    }
    if (dir) closedir(dir);
    dir = opendir(name);
    while (dir && (e = readdir(dir))) {
        if (e->d_name[0] == '.') continue;
        snprintf(real, PATH_MAX, "%.2000s/%.255s", path, e->d_name);
        snprintf(copy, PATH_MAX, "%.2000s/%.255s", name, e->d_name);
        if (access(real, F_OK)) REAL(unlink)(copy);
    }
    if (dir) closedir(dir);
}

static void shadow_sync(int fd, const char *path) {
    struct stat st;
    char inode[PATH_MAX];
    if (!*env("FAULT_SHADOW") || fstat(fd, &st)) return;
    pthread_mutex_lock(&lock);
    if (S_ISDIR(st.st_mode)) {
        shadow_folder(path);
    } else {
        char self[64];
        snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
        shadow_inode(st.st_ino, inode);
        copy_file(self, inode);
    }
    pthread_mutex_unlock(&lock);
}

static void shadow_new(int fd) {
    struct stat st;
    char inode[PATH_MAX];
    if (!*env("FAULT_SHADOW") || fd < 0 || fstat(fd, &st) || st.st_size) return;
    pthread_mutex_lock(&lock);
    shadow_inode(st.st_ino, inode);
    if (!access(inode, F_OK) && stat(inode, &st) == 0 && st.st_nlink == 1) REAL(unlink)(inode);
    pthread_mutex_unlock(&lock);
}

static void copy_tree(const char *from, const char *to) {
    char a[PATH_MAX], b[PATH_MAX];
    struct stat st;
    struct dirent *e;
    REAL(mkdir)(to, 0700);
    DIR *dir = opendir(from);
    while (dir && (e = readdir(dir))) {
        if (e->d_name[0] == '.') continue;
        snprintf(a, PATH_MAX, "%.2000s/%.255s", from, e->d_name);
        snprintf(b, PATH_MAX, "%.2000s/%.255s", to, e->d_name);
        if (stat(a, &st)) continue;
        if (S_ISDIR(st.st_mode)) copy_tree(a, b);
        else copy_file(a, b);
    }
    if (dir) closedir(dir);
}

static int snap(const char *path) {
    const char *prefix = env("FAULT_SNAP");
    char to[PATH_MAX];
    if (!*prefix || strncmp(path, prefix, strlen(prefix))) return 0;
    pthread_mutex_lock(&lock);
    snprintf(to, PATH_MAX, "%s.%s", env("FAULT_SHADOW"), path + strlen(prefix));
    copy_tree(env("FAULT_SHADOW"), to);
    pthread_mutex_unlock(&lock);
    return 1;
}

/* ---- what the program calls ---- */

#define WRITING(fd, half, whole)                          \
    char path[PATH_MAX];                                  \
    if (path_of(fd, path) && fails(OP_WRITE)) {           \
        if (!torn()) return -1;                           \
        if (half < 0) abort();                            \
        die();                                            \
    }                                                     \
    return whole;

ssize_t write(int fd, const void *b, size_t n) { WRITING(fd, REAL(write)(fd, b, n / 2), REAL(write)(fd, b, n)) }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { WRITING(fd, REAL(pwrite)(fd, b, n / 2, o), REAL(pwrite)(fd, b, n, o)) }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) {
    WRITING(fd, REAL(pwrite64)(fd, b, n / 2, o), REAL(pwrite64)(fd, b, n, o))
}
ssize_t writev(int fd, const struct iovec *v, int n) {
    WRITING(fd, (n ? REAL(write)(fd, v[0].iov_base, v[0].iov_len / 2) : 0), REAL(writev)(fd, v, n))
}

#define SYNCING(fd, whole)                                          \
    char path[PATH_MAX];                                            \
    int counted = path_of(fd, path);                                \
    if (counted && fails(OP_SYNC)) {                                \
        if (!torn()) return -1;                                     \
        if (whole) abort();                                         \
        die();                                                      \
    }                                                               \
    int result = whole;                                             \
    if (counted && !result) shadow_sync(fd, path);                  \
    return result;

int fsync(int fd) { SYNCING(fd, REAL(fsync)(fd)) }
int fdatasync(int fd) { SYNCING(fd, REAL(fdatasync)(fd)) }

#define NAMING(counted, whole)                 \
    if ((counted) && fails(OP_NAME)) {         \
        if (!torn()) return -1;                \
        if ((whole) >= -1) die();              \
    }                                          \
    return whole;

int ftruncate(int fd, off_t n) { char path[PATH_MAX]; NAMING(path_of(fd, path), REAL(ftruncate)(fd, n)) }
int ftruncate64(int fd, off64_t n) { char path[PATH_MAX]; NAMING(path_of(fd, path), REAL(ftruncate64)(fd, n)) }
int rename(const char *a, const char *b) { NAMING(ours(a), REAL(rename)(a, b)) }
int unlink(const char *a) { NAMING(ours(a), REAL(unlink)(a)) }
int mkdir(const char *a, mode_t m) { NAMING(ours(a), REAL(mkdir)(a, m)) }

#define OPENING(call)                                              \
    va_list args;                                                  \
    va_start(args, flags);                                         \
    mode_t mode = (flags & O_CREAT) ? va_arg(args, mode_t) : 0;    \
    va_end(args);                                                  \
    if (snap(path)) { errno = ENOENT; return -1; }                 \
    int made = (flags & O_CREAT) && ours(path) && access(path, F_OK); \
    if (made && fails(OP_NAME)) {                                  \
        if (!torn()) return -1;                                    \
        if (call >= -1) die();                                     \
    }                                                              \
    int fd = call;                                                 \
    if (made) shadow_new(fd);                                      \
    return fd;

int open(const char *path, int flags, ...) { OPENING(REAL(open)(path, flags, mode)) }
int open64(const char *path, int flags, ...) { OPENING(REAL(open64)(path, flags, mode)) }
int openat(int dir, const char *path, int flags, ...) { OPENING(REAL(openat)(dir, path, flags, mode)) }
int openat64(int dir, const char *path, int flags, ...) { OPENING(REAL(openat64)(dir, path, flags, mode)) }
