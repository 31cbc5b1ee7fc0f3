local fs = require("crier.core").fs
local shell = require("support.shell")

local quote = shell.quote

describe("crier.core.fs", function()
  describe("type()", function()
    it("agrees with df", function()
      for _, path in ipairs({ "/", "/tmp", ".", "/proc" }) do
        local df = "df --output=fstype " .. quote(path) .. " | tail -n 1"
        local known = shell.run(df)
        if known ~= "-" then -- in a chroot df does not know that of its root
          assert.equal(known, fs.type(path))
        end
      end
    end)

    it("looks at the nearest parent that exists", function()
      assert.equal(fs.type("/proc"), fs.type("/proc/none/at/all.db"))
      assert.equal(fs.type("/"), fs.type("/none"))
      assert.equal(fs.type("."), fs.type("none.db"))
      assert.equal(fs.type("spec"), fs.type("spec/none/"))
      assert.equal(fs.type("."), fs.type(""))
    end)

    it("follows symbolic links", function()
      local folder = shell.run("mktemp -d")
      shell.run("ln -s /proc " .. quote(folder .. "/link"))
      assert.equal("proc", fs.type(folder .. "/link/none"))
      os.execute("rm -rf " .. quote(folder))
    end)

    describe("reads the table of mounts:", function()
      local folder, mounts

      before_each(function()
        folder = shell.run("cd \"$(mktemp -d)\" && pwd -P")
        mounts = folder .. "/mountinfo"
        shell.run("mkdir -p " .. quote(folder .. "/a b/c"))
      end)

      after_each(function()
        os.execute("rm -rf " .. quote(folder))
      end)

      local function mount(point, kind)
        return ("36 35 98:0 /mnt1 %s rw,noatime master:1 - %s /dev/root rw\n")
          :format(point, kind)
      end

      local function write(...)
        local f = assert(io.open(mounts, "w"))
        f:write(...)
        f:close()
      end

      it("the longest mount point wins", function()
        write(mount(folder, "nfs4"), mount("/", "ext4"))
        assert.equal("nfs4", fs.type(folder .. "/store.db", mounts))
        assert.equal("ext4", fs.type("/", mounts))
      end)

      it("the latest of two on one point wins", function()
        write(mount("/", "rootfs"), mount("/", "xfs"))
        assert.equal("xfs", fs.type(folder, mounts))
      end)

      it("escapes are undone", function()
        write(mount("/", "ext4"), mount(folder .. "/a\\040b", "fuse.sshfs"))
        assert.equal("fuse.sshfs", fs.type(folder .. "/a b/c/d", mounts))
      end)

      it("a mount point ends at a slash", function()
        write(mount("/", "ext4"), mount(folder .. "/a", "nfs"))
        assert.equal("ext4", fs.type(folder .. "/a b", mounts))
      end)

      it("lines of another form are passed over", function()
        write("\n", " - \n", "1 2 3 - \n", "x - y\n", mount("/", "ext4"))
        assert.equal("ext4", fs.type(folder, mounts))
      end)

      it("without one the kernel is asked for the number", function()
        assert.equal("string", type(fs.type("/tmp", "/none")))
        assert.is_nil(fs.type("/proc", "/none"))
      end)
    end)
  end)

  describe("is_network()", function()
    it("knows the file systems of other machines", function()
      for _, kind in ipairs({ "nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs",
        "afs", "coda", "ceph", "9p", "lustre", "glusterfs", "fuse.sshfs",
        "fuse.glusterfs", "fuse.s3fs", "beegfs", "gpfs" }) do
        assert.is_true(fs.is_network(kind))
      end
    end)

    it("is false for local and unknown ones", function()
      for _, kind in ipairs({ "ext4", "xfs", "btrfs", "tmpfs", "overlay",
        "fuseblk", "zfs", "nf", "" }) do
        assert.is_false(fs.is_network(kind))
      end
      assert.is_false(fs.is_network(nil))
    end)
  end)

  describe("exists()", function()
    it("tells what is there, of whatever kind", function()
      assert.is_true(fs.exists("spec"))
      assert.is_true(fs.exists("spec/fs_spec.lua"))
      assert.is_false(fs.exists("spec/none"))
    end)
  end)

  describe("is_regular()", function()
    it("tells a file from a folder and a device", function()
      assert.is_true(fs.is_regular("spec/fs_spec.lua"))
      assert.is_false(fs.is_regular("spec"))
      assert.is_false(fs.is_regular("/dev/null"))
      assert.is_false(fs.is_regular("spec/none"))
    end)
  end)

  describe("can_make_in()", function()
    it("tells whether files can be made in a folder, or why not", function()
      assert.is_true(fs.can_make_in("."))
      local ok, message, code = fs.can_make_in("spec/none")
      assert.is_nil(ok)
      assert.equal("No such file or directory", message)
      assert.equal("UNWRITABLE", code)
    end)
  end)

  describe("identity()", function()
    it("is one file's alone", function()
      assert.equal(fs.identity("spec/fs_spec.lua"), fs.identity("spec/../spec/fs_spec.lua"))
      assert.is_not.equal(fs.identity("spec/fs_spec.lua"), fs.identity("spec"))
      assert.is_nil(fs.identity("spec/none"))
    end)
  end)

  describe("make_folder() and create()", function()
    local folder

    local function read(path)
      local file = assert(io.open(path, "rb"))
      local text = file:read "*a"
      file:close()
      return text
    end

    before_each(function() folder = shell.run "mktemp -d" end)
    after_each(function() os.execute("rm -rf " .. quote(folder)) end)

    it("make a folder, also when it is there", function()
      assert.is_true(fs.make_folder(folder .. "/a"))
      assert.is_true(fs.make_folder(folder .. "/a"))
      assert.equal("a", shell.run("ls " .. quote(folder)))
    end)

    it("say why a folder cannot be made", function()
      assert.is_true(fs.create(folder .. "/file", ""))
      assert.same({ nil, "File exists", "UNWRITABLE" }, { fs.make_folder(folder .. "/file") })
      assert.same({ nil, "No such file or directory", "UNWRITABLE" },
        { fs.make_folder(folder .. "/b/c") })
    end)

    it("write a file with its bytes, and as a program when asked", function()
      assert.is_true(fs.create(folder .. "/data", "a\0b\n"))
      assert.is_true(fs.create(folder .. "/tool", "#!/bin/sh\n", "program"))
      assert.equal("a\0b\n", read(folder .. "/data"))
      assert.equal(folder .. "/tool",
        shell.run("find " .. quote(folder) .. " -type f -perm -100"))
    end)

    it("never write over a file, nor through a link", function()
      assert.is_true(fs.create(folder .. "/data", "first"))
      assert.same({ nil, "File exists", "EXISTS" }, { fs.create(folder .. "/data", "second") })
      assert.equal("first", read(folder .. "/data"))
      shell.run("ln -s " .. quote(folder .. "/none") .. " " .. quote(folder .. "/link"))
      assert.same({ nil, "File exists", "EXISTS" }, { fs.create(folder .. "/link", "x") })
      assert.is_nil(io.open(folder .. "/none"))
      assert.same({ nil, "No such file or directory", "UNWRITABLE" },
        { fs.create(folder .. "/no/file", "x") })
    end)
  end)

  describe("the terminal", function()
    local function child(code, prefix)
      return shell.child('local fs = require("crier.core").fs\n' .. code, prefix)
    end

    it("isatty() is false for a pipe", function()
      assert.equal("false", child("print(fs.isatty(1))"))
    end)

    it("isatty() raises on what is no descriptor", function()
      assert.has_error(function() fs.isatty(-1) end)
      assert.has_error(function() fs.isatty("x") end)
    end)

    it("terminal_width() falls back on COLUMNS, then on 80", function()
      local code = "print(fs.terminal_width(1))"
      assert.equal("132", child(code, "COLUMNS=132 "))
      assert.equal("80", child(code, "COLUMNS=wide "))
      assert.equal("80", child(code, "env -u COLUMNS "))
    end)
  end)

  describe("the process", function()
    it("pid() is the number that the system knows", function()
      assert.equal(shell.run("echo $PPID"), ("%d"):format(fs.pid()))
    end)

    it("hostname() and username() agree with the system", function()
      assert.equal(shell.run("uname -n"), fs.hostname())
      assert.equal(shell.run("id -un"), fs.username())
    end)

    it("username() is the number where there is no name", function()
      if shell.run("id -u") ~= "0" then
        return
      end
      -- a user without a name may not be able to read this folder
      local folder = shell.run("mktemp -d")
      local search = package.searchpath -- luacheck: ignore 143 (not in 5.1)
      local module = search("crier.core", package.cpath)
      shell.run(("chmod 755 %s && mkdir %s/crier && cp %s %s/crier"):format(
        folder, folder, quote(module), folder))
      local code = ([[
        package.cpath = "%s/?.so"
        print(require("crier.core").fs.username())
      ]]):format(folder)
      assert.equal("64999", shell.child(code, "setpriv --reuid=64999 "))
      os.execute("rm -rf " .. quote(folder))
    end)
  end)
end)
