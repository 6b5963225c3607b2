// LD_PRELOAD: writes down what a process writes and syncs of its database, and what it sends on
// sockets, in an order that errs on the safe side: a write is noted after it was done, a sync when
// it begins and when it has ended, bytes to a socket before they are sent. durability_test.py reads
// it. Not part of the product.
//
// OEE_SYNC_LOG: the file. A record is four numbers of 64 bits (kind, file, offset, length), then
// `length` bytes where the kind has any.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { kWrite = 1, kSyncBegin, kSyncEnd, kTruncate, kUnlink, kSend, kClose };
enum { kNone = 0, kDatabase, kLog, kJournal, kFiles };
enum { kMostDescriptors = 65536 };

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int logDescriptor = -1;
static unsigned char fileOf[kMostDescriptors];

#define REAL(name) ((__typeof__(&name))real(#name))
static void* real(const char* name) {
    return dlsym(RTLD_NEXT, name);
}

static int isKnown(int descriptor) {
    return descriptor >= 0 && descriptor < kMostDescriptors && fileOf[descriptor] != kNone;
}

static void note(uint64_t kind, uint64_t file, uint64_t offset, uint64_t length,
                 const void* bytes) {
    uint64_t head[4] = {kind, file, offset, length};
    struct iovec parts[2] = {{head, sizeof head}, {(void*)bytes, bytes == NULL ? 0 : length}};
    pthread_mutex_lock(&mutex);
    if (logDescriptor < 0) {
        const char* path = getenv("OEE_SYNC_LOG");
        logDescriptor = REAL(open)(path == NULL ? "/dev/null" : path,
                                   O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
    if (REAL(writev)(logDescriptor, parts, 2) < 0) {
        abort();  // a record with a gap proves nothing
    }
    pthread_mutex_unlock(&mutex);
}

static unsigned char fileNamed(const char* path) {
    static const char* const kEndings[kFiles] = {"", "/engine.db", "/engine.db-wal",
                                                 "/engine.db-journal"};
    const size_t length = strlen(path);
    for (unsigned char file = kDatabase; file < kFiles; ++file) {
        const size_t ending = strlen(kEndings[file]);
        if (length >= ending && strcmp(path + length - ending, kEndings[file]) == 0) {
            return file;
        }
    }
    return kNone;
}

static int opened(int descriptor, const char* path) {
    if (descriptor >= 0 && descriptor < kMostDescriptors) {
        fileOf[descriptor] = fileNamed(path);
    }
    return descriptor;
}

#define OPEN(name)                                          \
    int name(const char* path, int flags, ...) {            \
        va_list rest;                                       \
        va_start(rest, flags);                              \
        const mode_t mode = (mode_t)va_arg(rest, int);      \
        va_end(rest);                                       \
        return opened(REAL(name)(path, flags, mode), path); \
    }
OPEN(open)
OPEN(open64)

int close(int descriptor) {
    if (descriptor >= 0 && descriptor < kMostDescriptors && descriptor != logDescriptor) {
        fileOf[descriptor] = kNone;
        note(kClose, (uint64_t)descriptor, 0, 0, NULL);
    }
    return REAL(close)(descriptor);
}

int unlink(const char* path) {
    const int result = REAL(unlink)(path);
    if (result == 0 && fileNamed(path) != kNone) {
        note(kUnlink, fileNamed(path), 0, 0, NULL);
    }
    return result;
}

#define PWRITE(name, offset_t)                                                           \
    ssize_t name(int descriptor, const void* bytes, size_t length, offset_t offset) {    \
        const ssize_t result = REAL(name)(descriptor, bytes, length, offset);            \
        if (result > 0 && isKnown(descriptor)) {                                         \
            note(kWrite, fileOf[descriptor], (uint64_t)offset, (uint64_t)result, bytes); \
        }                                                                                \
        return result;                                                                   \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define TRUNCATE(name, offset_t)                                            \
    int name(int descriptor, offset_t length) {                             \
        const int result = REAL(name)(descriptor, length);                  \
        if (result == 0 && isKnown(descriptor)) {                           \
            note(kTruncate, fileOf[descriptor], (uint64_t)length, 0, NULL); \
        }                                                                   \
        return result;                                                      \
    }
TRUNCATE(ftruncate, off_t)
TRUNCATE(ftruncate64, off64_t)

#define SYNC(name)                                            \
    int name(int descriptor) {                                \
        const int known = isKnown(descriptor);                \
        if (known) {                                          \
            note(kSyncBegin, fileOf[descriptor], 0, 0, NULL); \
        }                                                     \
        const int result = REAL(name)(descriptor);            \
        if (known && result == 0) {                           \
            note(kSyncEnd, fileOf[descriptor], 0, 0, NULL);   \
        }                                                     \
        return result;                                        \
    }
SYNC(fsync)
SYNC(fdatasync)

ssize_t send(int descriptor, const void* bytes, size_t length, int flags) {
    note(kSend, (uint64_t)descriptor, 0, length, bytes);
    return REAL(send)(descriptor, bytes, length, flags);
}

// Plain writes: to files that SQLite positions itself in, which it does not do, and to sockets.
ssize_t write(int descriptor, const void* bytes, size_t length) {
    if (isKnown(descriptor)) {
        abort();  // where it would be written is not known here
    }
    int type = 0;
    socklen_t size = sizeof type;
    if (getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0) {
        note(kSend, (uint64_t)descriptor, 0, length, bytes);
    }
    return REAL(write)(descriptor, bytes, length);
}
