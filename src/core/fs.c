#include "fs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

static bool copy_name(char out[FS_NAME_BYTES], const char *text,
                      size_t length) {
  if (length == 0 || length >= FS_NAME_BYTES)
    return false;
  memcpy(out, text, length);
  out[length] = '\0';
  return true;
}

/* Resolves `path`, or the nearest of its parents that exists. */
static bool resolve(const char *path, char real[PATH_MAX]) {
  char rest[PATH_MAX];
  size_t length = strlen(path);
  if (length >= sizeof(rest))
    return false;
  memcpy(rest, path, length + 1);
  for (;;) {
    if (realpath(*rest ? rest : ".", real))
      return true;
    if (!*rest || (errno != ENOENT && errno != ENOTDIR))
      return false;
    char *slash = strrchr(rest, '/');
    if (!slash)
      *rest = '\0';
    else
      slash[slash == rest && slash[1] ? 1 : 0] = '\0';
  }
}

/* Undoes the kernel's escapes (space, tab, newline, backslash as \ooo), in
 * place: proc(5). */
static void unescape(char *text) {
  char *to = text;
  for (const char *from = text; *from; to++) {
    if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
        from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
      *to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + from[3] - '0');
      from += 4;
    } else {
      *to = *from++;
    }
  }
  *to = '\0';
}

/* Length of the mount point when `path` lies below it, else -1. */
static int covers(const char *mount, const char *path) {
  size_t length = strlen(mount);
  if (strncmp(mount, path, length) != 0)
    return -1;
  if (length > 1 && path[length] != '/' && path[length] != '\0')
    return -1;
  return (int)length;
}

/* Cuts the mount point (field 5) and the type (first after " - ") out of a
 * line of mountinfo: proc(5). */
static bool split(char *line, char **mount, char **type) {
  char *tail = strstr(line, " - ");
  char *field = line;
  if (!tail)
    return false;
  *tail = '\0';
  for (int i = 0; i < 4 && field; i++) {
    field = strchr(field, ' ');
    field = field ? field + 1 : NULL;
  }
  if (!field)
    return false;
  field[strcspn(field, " ")] = '\0';
  unescape(field);
  *mount = field;
  *type = tail + 3;
  (*type)[strcspn(*type, " \n")] = '\0';
  return true;
}

/* The longest mount point wins, and the latest among equals: it hides the
 * others. */
static bool type_by_mount(const char *real, const char *table,
                          char type[FS_NAME_BYTES]) {
  FILE *mounts = fopen(table, "re");
  char *line = NULL;
  size_t size = 0;
  int longest = -1;
  if (!mounts)
    return false;
  while (getline(&line, &size, mounts) > 0) {
    char *mount;
    char *name;
    if (!split(line, &mount, &name))
      continue;
    int length = covers(mount, real);
    if (length >= longest && copy_name(type, name, strlen(name)))
      longest = length;
  }
  free(line);
  fclose(mounts);
  return longest >= 0;
}

/* statfs(2), for where /proc is not mounted: the kinds that matter. */
static bool type_by_magic(const char *real, char type[FS_NAME_BYTES]) {
  static const struct {
    uint32_t magic;
    const char *name;
  } known[] = {
      {0x6969, "nfs"},         {0xff534d42, "cifs"},  {0xfe534d42, "smb3"},
      {0x517b, "smbfs"},       {0x564c, "ncpfs"},     {0x5346414f, "afs"},
      {0x73757245, "coda"},    {0x00c36400, "ceph"},  {0x01021997, "9p"},
      {0x0bd00bd0, "lustre"},  {0x65735546, "fuse"},  {0xef53, "ext4"},
      {0x58465342, "xfs"},     {0x9123683e, "btrfs"}, {0x01021994, "tmpfs"},
      {0x794c7630, "overlay"},
  };
  struct statfs info;
  if (statfs(real, &info) != 0)
    return false;
  for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
    if ((uint32_t)info.f_type == known[i].magic)
      return copy_name(type, known[i].name, strlen(known[i].name));
  return false;
}

bool fs_type(const char *path, const char *mounts, char type[FS_NAME_BYTES]) {
  char real[PATH_MAX];
  char found[FS_NAME_BYTES];
  if (!resolve(path, real))
    return false;
  if (!type_by_mount(real, mounts, found) && !type_by_magic(real, found))
    return false;
  return copy_name(type, found, strlen(found));
}

static const char *const network_types[] = {
    "9p",
    "acfs",
    "afs",
    "auristorfs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "davfs",
    "fuse.blobfuse",
    "fuse.blobfuse2",
    "fuse.ceph",
    "fuse.curlftpfs",
    "fuse.davfs2",
    "fuse.gcsfuse",
    "fuse.glusterfs",
    "fuse.goofys",
    "fuse.juicefs",
    "fuse.mfs",
    "fuse.moosefs",
    "fuse.rclone",
    "fuse.s3fs",
    "fuse.sshfs",
    "fuse.vmhgfs-fuse",
    "gfs",
    "gfs2",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncp",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "orangefs",
    "panfs",
    "prl_fs",
    "pvfs2",
    "smb2",
    "smb3",
    "smbfs",
    "vboxsf",
    "vmhgfs",
    "wekafs",
};

bool fs_is_network(const char *type) {
  for (size_t i = 0; i < sizeof(network_types) / sizeof(network_types[0]); i++)
    if (strcmp(type, network_types[i]) == 0)
      return true;
  return false;
}

bool fs_exists(const char *path) {
  struct stat info;
  return stat(path, &info) == 0;
}

bool fs_is_regular(const char *path) {
  struct stat found;
  return stat(path, &found) == 0 && S_ISREG(found.st_mode);
}

int fs_make_error(const char *path) {
  return access(path, W_OK | X_OK) == 0 ? 0 : errno;
}

int fs_list(const char *path, void (*each)(void *context, const char *name),
            void *context) {
  DIR *folder = opendir(path);
  if (!folder)
    return errno;
  errno = 0;
  for (struct dirent *entry; (entry = readdir(folder));) {
    if (entry->d_name[0] != '.')
      each(context, entry->d_name);
    errno = 0;
  }
  int error = errno;
  closedir(folder);
  return error;
}

int fs_make_folder(const char *path) {
  struct stat found;
  if (mkdir(path, 0777) == 0)
    return 0;
  int error = errno;
  bool is_there = stat(path, &found) == 0 && S_ISDIR(found.st_mode);
  return error == EEXIST && is_there ? 0 : error;
}

static int write_all(int fd, const char *bytes, size_t length) {
  while (length > 0) {
    ssize_t n = write(fd, bytes, length);
    if (n < 0 && errno != EINTR)
      return errno;
    bytes += n > 0 ? n : 0;
    length -= n > 0 ? (size_t)n : 0;
  }
  return 0;
}

int fs_create(const char *path, const char *bytes, size_t length,
              unsigned mode) {
  int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, (mode_t)mode);
  if (fd < 0)
    return errno;
  int error = write_all(fd, bytes, length);
  if (close(fd) != 0 && !error)
    error = errno;
  if (error)
    unlink(path);
  return error;
}

bool fs_identity(const char *path, char out[FS_IDENTITY_BYTES]) {
  struct stat found;
  if (stat(path, &found) != 0)
    return false;
  snprintf(out, FS_IDENTITY_BYTES, "%ju:%ju", (uintmax_t)found.st_dev,
           (uintmax_t)found.st_ino);
  return true;
}

int fs_terminal_width(int fd) {
  struct winsize size;
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    return size.ws_col;
  const char *columns = getenv("COLUMNS");
  long wide = columns ? strtol(columns, NULL, 10) : 0;
  return wide > 0 && wide <= 10000 ? (int)wide : 80;
}

bool fs_hostname(char name[FS_NAME_BYTES]) {
  char found[FS_NAME_BYTES];
  if (gethostname(found, sizeof(found)) != 0)
    return false;
  found[sizeof(found) - 1] = '\0'; /* a cut name need not end: POSIX */
  return copy_name(name, found, strlen(found));
}

bool fs_username(char name[FS_NAME_BYTES]) {
  struct passwd entry;
  struct passwd *found = NULL;
  char space[4096];
  char number[24];
  if (getpwuid_r(geteuid(), &entry, space, sizeof(space), &found) == 0 && found)
    return copy_name(name, found->pw_name, strlen(found->pw_name));
  snprintf(number, sizeof(number), "%lu", (unsigned long)geteuid());
  return copy_name(name, number, strlen(number));
}
