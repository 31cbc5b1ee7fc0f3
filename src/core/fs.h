/* fs.h - what the program asks the system about files, terminals and itself.
 *
 * Plain questions, and two small deeds; nothing here is owned. */
#ifndef CRIER_FS_H
#define CRIER_FS_H

#include <stdbool.h>
#include <stddef.h>

enum { FS_NAME_BYTES = 256 }; /* cap of a name, its NUL included */

/* The kernel's table of mounts: proc(5). */
#define FS_MOUNTS "/proc/self/mountinfo"

/* Writes the type of the file system that holds `path`, or that would: of the
 * nearest parent that exists.  Names are the kernel's: "ext4", "nfs4",
 * "fuse.sshfs".  `mounts` is FS_MOUNTS, or a table made for a test.  False when
 * it cannot be told. */
bool fs_type(const char *path, const char *mounts, char type[FS_NAME_BYTES]);

/* Whether a file system of this type lives on other machines, where neither
 * file locks nor shared memory can be relied upon. */
bool fs_is_network(const char *type);

bool fs_exists(const char *path);

/* Whether `path` is, or leads to, a regular file. */
bool fs_is_regular(const char *path);

/* Whether files may be made in the folder `path`; 0, or errno with the reason.
 */
int fs_make_error(const char *path);

/* Calls `each` with the names in the folder `path`, but for those that begin
 * with a dot, in any order.  0, or errno with the reason. */
int fs_list(const char *path, void (*each)(void *context, const char *name),
            void *context);

/* Makes the folder `path`, unless there is one; its parent must exist.  0, or
 * errno with the reason. */
int fs_make_folder(const char *path);

/* Writes a file that was not there before, with the permissions `mode` less the
 * process's mask: never over another one, nor through a link.  0, or errno with
 * the reason, and then nothing is left behind. */
int fs_create(const char *path, const char *bytes, size_t length,
              unsigned mode);

enum { FS_IDENTITY_BYTES = 48 };

/* Writes what tells the file at `path` from any other of this machine, its
 * device and number, as text; false when there is none. */
bool fs_identity(const char *path, char out[FS_IDENTITY_BYTES]);

/* Columns of the terminal at `fd`; else what COLUMNS says; else 80. */
int fs_terminal_width(int fd);

bool fs_hostname(char name[FS_NAME_BYTES]);

/* The name of the user that the process acts as; the number when it has
 * none. */
bool fs_username(char name[FS_NAME_BYTES]);

#endif
