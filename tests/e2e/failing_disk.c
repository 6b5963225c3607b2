// LD_PRELOAD: a disk that fails while a process runs, for as long as a file says so. A read-only
// remount does the same to a process, but the kernel refuses it while files are open for writing.
// disk_faults_test.py uses it. Not part of the product.
//
// OEE_FAULT_FILE: while it exists, its first byte is the fault:
//   r  read-only: nothing below OEE_FAULT_FOLDER is written, made, cut or removed (EROFS)
//   w  nothing can be written there (EIO)
//   s  what is written is not synced (EIO)
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))real(#name))
static void* real(const char* name) {
    return dlsym(RTLD_NEXT, name);
}

static char fault(void) {
    const char* path = getenv("OEE_FAULT_FILE");
    const int descriptor = path == NULL ? -1 : REAL(open)(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return 0;
    }
    char kind = 0;
    const ssize_t length = read(descriptor, &kind, 1);
    close(descriptor);
    return length == 1 ? kind : 0;
}

static int isOnDisk(const char* path) {
    const char* folder = getenv("OEE_FAULT_FOLDER");
    return folder != NULL && strncmp(path, folder, strlen(folder)) == 0;
}

static int isOpenOnDisk(int descriptor) {
    char link[64];
    char path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    const ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    return isOnDisk(path);
}

// 0: it is done; otherwise the error.
static int writeError(int descriptor) {
    const int kept = errno;
    const char kind = fault();
    const int isBad = (kind == 'r' || kind == 'w') && isOpenOnDisk(descriptor);
    errno = kept;
    return isBad ? (kind == 'r' ? EROFS : EIO) : 0;
}

static int changeError(const char* path) {
    const int kept = errno;
    const int isBad = fault() == 'r' && isOnDisk(path);
    errno = kept;
    return isBad ? EROFS : 0;
}

static int syncError(int descriptor) {
    const int kept = errno;
    const char kind = fault();
    const int isBad = (kind == 's' || kind == 'w') && isOpenOnDisk(descriptor);
    errno = kept;
    return isBad ? EIO : 0;
}

#define FAIL_WITH(error)        \
    do {                        \
        const int code = error; \
        if (code != 0) {        \
            errno = code;       \
            return -1;          \
        }                       \
    } while (0)

#define OPEN(name)                                                                         \
    int name(const char* path, int flags, ...) {                                           \
        va_list rest;                                                                      \
        va_start(rest, flags);                                                             \
        const mode_t mode = (mode_t)va_arg(rest, int);                                     \
        va_end(rest);                                                                      \
        const int isThere = (flags & O_EXCL) != 0 && access(path, F_OK) == 0; /* EEXIST */ \
        if ((flags & (O_WRONLY | O_RDWR | O_CREAT)) != 0 && !isThere) {                    \
            FAIL_WITH(changeError(path));                                                  \
        }                                                                                  \
        return REAL(name)(path, flags, mode);                                              \
    }
OPEN(open)
OPEN(open64)

#define PWRITE(name, offset_t)                                                        \
    ssize_t name(int descriptor, const void* bytes, size_t length, offset_t offset) { \
        FAIL_WITH(writeError(descriptor));                                            \
        return REAL(name)(descriptor, bytes, length, offset);                         \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t write(int descriptor, const void* bytes, size_t length) {
    FAIL_WITH(writeError(descriptor));
    return REAL(write)(descriptor, bytes, length);
}

#define TRUNCATE(name, offset_t)                \
    int name(int descriptor, offset_t length) { \
        FAIL_WITH(writeError(descriptor));      \
        return REAL(name)(descriptor, length);  \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define SYNC(name)                        \
    int name(int descriptor) {            \
        FAIL_WITH(syncError(descriptor)); \
        return REAL(name)(descriptor);    \
    }
SYNC(fsync)
SYNC(fdatasync)

int unlink(const char* path) {
    FAIL_WITH(changeError(path));
    return REAL(unlink)(path);
}

int rename(const char* from, const char* to) {
    FAIL_WITH(changeError(to));
    return REAL(rename)(from, to);
}

int mkdir(const char* path, mode_t mode) {
    FAIL_WITH(changeError(path));
    return REAL(mkdir)(path, mode);
}
