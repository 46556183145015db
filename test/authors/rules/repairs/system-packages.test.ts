import { expect, test } from 'bun:test'
import { systemPackageRows } from '../../../../src/authors/rules/tables/system-packages.ts'
import { buildFailure, keyFor, runFailure } from '../support.ts'

const examples: readonly (readonly ['build' | 'run', string, string])[] = [
  ['build', "error: command 'gcc' failed: No such file or directory", 'c-compiler: install build-essential with apt'],
  [
    'build',
    "gcc: fatal error: error trying to exec 'cc1plus': execvp: No such file or directory",
    'cxx-compiler: install g++ with apt',
  ],
  ['build', 'error: no Fortran compiler found', 'fortran-compiler: install gfortran with apt'],
  [
    'build',
    'src/_x.c:1:10: fatal error: Python.h: No such file or directory',
    'python-headers: install python3-dev with apt',
  ],
  ['build', 'CMake must be installed to build the following extensions: dlib', 'cmake: install cmake with apt'],
  ['build', '/bin/sh: 1: pkg-config: not found', 'pkg-config: install pkg-config with apt'],
  ['build', "error: can't find Rust compiler", 'rust: install cargo, rustc with apt'],
  ['build', "error: command 'swig' failed: No such file or directory", 'swig: install swig with apt'],
  ['build', './autogen.sh: 4: autoreconf: not found', 'autotools: install autoconf, automake, libtool with apt'],
  [
    'build',
    'c/_cffi_backend.c:15:10: fatal error: ffi.h: No such file or directory',
    'ffi: install libffi-dev, pkg-config with apt',
  ],
  ['build', "ERROR: b'/bin/sh: 1: xslt-config: not found\\n'", 'xml: install libxml2-dev, libxslt1-dev with apt'],
  ['build', 'Error: pg_config executable not found.', 'postgres: install libpq-dev with apt'],
  ['build', '/bin/sh: 1: mysql_config: not found', 'mysql: install default-libmysqlclient-dev, pkg-config with apt'],
  [
    'build',
    'src/module.c:2:10: fatal error: sqlite3.h: No such file or directory',
    'sqlite: install libsqlite3-dev with apt',
  ],
  [
    'build',
    'SWIG/_m2crypto_wrap.c:3557:10: fatal error: openssl/err.h: No such file or directory',
    'openssl: install libssl-dev, pkg-config with apt',
  ],
  ['build', 'The headers or library files could not be found for zlib,', 'zlib: install zlib1g-dev with apt'],
  [
    'build',
    'The headers or library files could not be found for jpeg,',
    'jpeg: install libjpeg-dev, zlib1g-dev with apt',
  ],
  ['build', 'src/_png.cpp:10:10: fatal error: png.h: No such file or directory', 'png: install libpng-dev with apt'],
  [
    'build',
    'src/ft2font.h:16:10: fatal error: ft2build.h: No such file or directory',
    'freetype: install libfreetype6-dev, pkg-config with apt',
  ],
  ['build', 'src/gmpy.h:106:12: fatal error: gmp.h: No such file or directory', 'gmp: install libgmp-dev with apt'],
  ['build', 'src/gmpy.h:252:12: fatal error: mpfr.h: No such file or directory', 'mpfr: install libmpfr-dev with apt'],
  ['build', 'src/gmpy.h:253:12: fatal error: mpc.h: No such file or directory', 'mpc: install libmpc-dev with apt'],
  [
    'build',
    'Modules/constants.h:7:10: fatal error: lber.h: No such file or directory',
    'ldap: install libldap2-dev, libsasl2-dev with apt',
  ],
  [
    'build',
    'sasl/saslwrapper.h:22:10: fatal error: sasl/sasl.h: No such file or directory',
    'sasl: install libsasl2-dev with apt',
  ],
  [
    'build',
    "ConfigurationError: Could not run curl-config: [Errno 2] No such file or directory: 'curl-config'",
    'curl: install libcurl4-openssl-dev, libssl-dev with apt',
  ],
  ['build', 'src/pyodbc.h:56:10: fatal error: sql.h: No such file or directory', 'odbc: install unixodbc-dev with apt'],
  ['build', '/bin/sh: 1: krb5-config: not found', 'kerberos: install libkrb5-dev with apt'],
  ['build', "No package 'cairo' found", 'cairo: install libcairo2-dev, pkg-config with apt'],
  [
    'run',
    "OSError: cannot load library 'libpango-1.0-0': libpango-1.0-0.so: cannot open shared object file",
    'pango: install libpango-1.0-0, libpangocairo-1.0-0, libpangoft2-1.0-0 with apt',
  ],
  [
    'build',
    'Dependency "girepository-2.0" not found, tried pkgconfig',
    'gobject: install libgirepository1.0-dev, libcairo2-dev, pkg-config with apt',
  ],
  ['build', "No package 'dbus-1' found", 'dbus: install libdbus-1-dev, libglib2.0-dev, pkg-config with apt'],
  [
    'build',
    'pygraphviz/graphviz_wrap.c:2987:10: fatal error: graphviz/cgraph.h: No such file or directory',
    'graphviz-headers: install graphviz, libgraphviz-dev, pkg-config with apt',
  ],
  ['run', "FileNotFoundError: [Errno 2] No such file or directory: 'dot'", 'graphviz: install graphviz with apt'],
  [
    'build',
    'error: Unable to load dependency HDF5, make sure HDF5 is installed properly',
    'hdf5: install libhdf5-dev, pkg-config with apt',
  ],
  ['build', '/bin/sh: 1: nc-config: not found', 'netcdf: install libnetcdf-dev, libhdf5-dev with apt'],
  [
    'build',
    'snappy/snappymodule.cc:31:10: fatal error: snappy-c.h: No such file or directory',
    'snappy: install libsnappy-dev with apt',
  ],
  ['build', 'lz4/_version.c:35:10: fatal error: lz4.h: No such file or directory', 'lz4: install liblz4-dev with apt'],
  ['build', 'bz2.c:5:10: fatal error: bzlib.h: No such file or directory', 'bzip2: install libbz2-dev with apt'],
  ['build', '_lzma.c:5:10: fatal error: lzma.h: No such file or directory', 'lzma: install liblzma-dev with apt'],
  [
    'build',
    'numpy.distutils.system_info.NotFoundError: No lapack/blas resources found.',
    'blas: install libopenblas-dev, liblapack-dev, gfortran, pkg-config with apt',
  ],
  ['build', '/bin/sh: 1: geos-config: not found', 'geos: install libgeos-dev with apt'],
  [
    'build',
    'proj executable not found. Please set the PROJ_DIR variable.',
    'proj: install libproj-dev, proj-bin with apt',
  ],
  [
    'build',
    "FileNotFoundError: [Errno 2] No such file or directory: 'gdal-config'",
    'gdal: install libgdal-dev, gdal-bin with apt',
  ],
  [
    'run',
    'OSError: Could not find libspatialindex_c library file',
    'spatialindex: install libspatialindex-dev with apt',
  ],
  [
    'build',
    'src/_pylibmcmodule.h:42:10: fatal error: libmemcached/memcached.h: No such file or directory',
    'memcached: install libmemcached-dev, zlib1g-dev with apt',
  ],
  [
    'build',
    'gevent/libevent.h:9:10: fatal error: event.h: No such file or directory',
    'event: install libevent-dev, libev-dev with apt',
  ],
  [
    'build',
    'buildutils/vers.c:3:10: fatal error: zmq.h: No such file or directory',
    'zmq: install libzmq3-dev with apt',
  ],
  ['build', 'ext/_yaml.h:2:10: fatal error: yaml.h: No such file or directory', 'yaml: install libyaml-dev with apt'],
  ['run', 'ImportError: failed to find libmagic.  Check your installation', 'magic: install libmagic1 with apt'],
  [
    'run',
    "ImportError: The 'enchant' C library was not found and maybe needs to be installed.",
    'enchant: install libenchant-2-2, hunspell-en-us with apt',
  ],
  ['run', 'OSError: sndfile library not found', 'sndfile: install libsndfile1 with apt'],
  [
    'build',
    'src/_portaudiomodule.c:29:10: fatal error: portaudio.h: No such file or directory',
    'portaudio: install portaudio19-dev with apt',
  ],
  [
    'build',
    'Modules/_curses.c:1:10: fatal error: ncurses.h: No such file or directory',
    'ncurses: install libncurses-dev with apt',
  ],
  [
    'build',
    'Modules/readline.c:1:10: fatal error: readline/readline.h: No such file or directory',
    'readline: install libreadline-dev with apt',
  ],
  [
    'build',
    'hid.c:47:10: fatal error: libusb-1.0/libusb.h: No such file or directory',
    'usb: install libusb-1.0-0-dev, libusb-dev with apt',
  ],
  ['build', 'hid.c:44:10: fatal error: libudev.h: No such file or directory', 'udev: install libudev-dev with apt'],
  [
    'build',
    'bluez/btmodule.h:5:10: fatal error: bluetooth/bluetooth.h: No such file or directory',
    'bluetooth: install libbluetooth-dev with apt',
  ],
  ['build', 'acl.c:26:10: fatal error: sys/acl.h: No such file or directory', 'acl: install libacl1-dev with apt'],
  [
    'build',
    'xattr.c:26:10: fatal error: attr/xattr.h: No such file or directory',
    'attr: install libattr1-dev with apt',
  ],
  ['build', "No package 'augeas' found", 'augeas: install libaugeas-dev with apt'],
  [
    'build',
    'systemd/_reader.c:28:10: fatal error: systemd/sd-journal.h: No such file or directory',
    'systemd: install libsystemd-dev, pkg-config with apt',
  ],
  ['build', "No package 'libvirt' found", 'virt: install libvirt-dev, pkg-config with apt'],
  [
    'build',
    "No package 'libavformat' found",
    'ffmpeg-headers: install libavformat-dev, libavdevice-dev, libavfilter-dev, libswscale-dev, libswresample-dev, pkg-config with apt',
  ],
  ['build', '/bin/sh: 1: gsl-config: not found', 'gsl: install libgsl-dev with apt'],
  [
    'build',
    'src/x.cpp:3:10: fatal error: boost/python.hpp: No such file or directory',
    'boost: install libboost-all-dev with apt',
  ],
  [
    'build',
    'src/x.cpp:3:10: fatal error: Eigen/Dense: No such file or directory',
    'eigen: install libeigen3-dev with apt',
  ],
  ['build', 'pyfftw.c:3:10: fatal error: fftw3.h: No such file or directory', 'fftw: install libfftw3-dev with apt'],
  [
    'build',
    'umfpack.c:3:10: fatal error: umfpack.h: No such file or directory',
    'suitesparse: install libsuitesparse-dev with apt',
  ],
  [
    'build',
    'error: Cannot compile MPI programs.\n/bin/sh: 1: mpicc: not found',
    'mpi: install libopenmpi-dev, openmpi-bin with apt',
  ],
  ['run', "ModuleNotFoundError: No module named '_tkinter'", 'tcl: install python3-tk, tk-dev with apt'],
  [
    'run',
    'ImportError: libGL.so.1: cannot open shared object file: No such file or directory',
    'opengl: install libgl1, libglib2.0-0 with apt',
  ],
  [
    'run',
    'ImportError: libEGL.so.1: cannot open shared object file: No such file or directory',
    'egl: install libegl1 with apt',
  ],
  [
    'run',
    'ImportError: libgthread-2.0.so.0: cannot open shared object file: No such file or directory',
    'glib: install libglib2.0-0 with apt',
  ],
  [
    'run',
    'OSError: libgomp.so.1: cannot open shared object file: No such file or directory',
    'openmp: install libgomp1 with apt',
  ],
  [
    'run',
    'ImportError: libSM.so.6: cannot open shared object file: No such file or directory',
    'x11: install libsm6, libxext6, libxrender1, libx11-6 with apt',
  ],
  [
    'run',
    'ImportError: libxkbcommon.so.0: cannot open shared object file: No such file or directory',
    'xkb: install libxkbcommon0, libdbus-1-3 with apt',
  ],
  [
    'run',
    'error while loading shared libraries: libnss3.so: cannot open shared object file',
    'nss: install libnss3 with apt',
  ],
  ['run', "FileNotFoundError: [Errno 2] No such file or directory: 'git'", 'git: install git with apt'],
  ['run', "FileNotFoundError: [Errno 2] No such file or directory: 'hg'", 'mercurial: install mercurial with apt'],
  [
    'run',
    "FileNotFoundError: [Errno 2] No such file or directory: 'svnadmin'",
    'subversion: install subversion with apt',
  ],
  ['run', "FileNotFoundError: [Errno 2] No such file or directory: 'ffmpeg'", 'ffmpeg: install ffmpeg with apt'],
  ['run', 'OSError: No pandoc was found: either install pandoc and add it', 'pandoc: install pandoc with apt'],
  [
    'run',
    'ImportError: MagickWand shared library not found.',
    'imagemagick: install imagemagick, libmagickwand-dev with apt',
  ],
  ['run', "FileNotFoundError: [Errno 2] No such file or directory: 'gs'", 'ghostscript: install ghostscript with apt'],
  [
    'run',
    "FileNotFoundError: [Errno 2] No such file or directory: 'pdftotext'",
    'poppler: install poppler-utils with apt',
  ],
  [
    'run',
    "TesseractNotFoundError: tesseract is not installed or it's not in your PATH",
    'tesseract: install tesseract-ocr with apt',
  ],
  [
    'run',
    "FileNotFoundError: [Errno 2] No such file or directory: 'java'",
    'java: install default-jre-headless with apt',
  ],
  ['run', "FileNotFoundError: [Errno 2] No such file or directory: 'node'", 'node: install nodejs, npm with apt'],
  [
    'run',
    "FileNotFoundError: [Errno 2] No such file or directory: 'redis-server'",
    'redis: install redis-server with apt',
  ],
  [
    'run',
    'RuntimeError: command not found: initdb\n/bin/sh: 1: initdb: not found',
    'postgres-server: install postgresql with apt',
  ],
  ['run', "FileNotFoundError: [Errno 2] No such file or directory: 'rsync'", 'rsync: install rsync with apt'],
  ['run', '/bin/sh: 1: curl: not found', 'curl-command: install curl with apt'],
  ['run', '/bin/sh: 1: wget: not found', 'wget: install wget with apt'],
  ['run', '/bin/sh: 1: unzip: not found', 'zip: install zip, unzip with apt'],
  ['run', "FileNotFoundError: [Errno 2] No such file or directory: 'ps'", 'processes: install procps with apt'],
  ['run', "FileNotFoundError: [Errno 2] No such file or directory: 'less'", 'less: install less with apt'],
  ['run', "FileNotFoundError: [Errno 2] No such file or directory: 'groff'", 'man: install man-db, groff with apt'],
  [
    'run',
    "FileNotFoundError: [Errno 2] No such file or directory: 'ssh-keygen'",
    'openssh: install openssh-client with apt',
  ],
  ['run', "FileNotFoundError: [Errno 2] No such file or directory: 'gpg'", 'gnupg: install gnupg with apt'],
  ['run', "FileNotFoundError: [Errno 2] No such file or directory: 'Xvfb'", 'xvfb: install xvfb with apt'],
  ['run', 'locale.Error: unsupported locale setting', 'locales: install locales-all with apt'],
  [
    'run',
    "zoneinfo._common.ZoneInfoNotFoundError: 'No time zone found with key Europe/Oslo'",
    'timezones: install tzdata with apt',
  ],
]

for (const [from, log, repair] of examples) {
  test(`${JSON.stringify(log)} is answered by ${repair}`, async () => {
    const result = from === 'build' ? buildFailure(log) : runFailure(log)
    expect(await keyFor(result)).toBe(`system-package-${repair}`)
  })
}

test('every row has an example', () => {
  const named = new Set(examples.map(([, , repair]) => repair.split(':')[0]))
  expect(systemPackageRows.filter((row) => !named.has(row.name))).toEqual([])
})

test('leaves out a package that this Debian does not know', async () => {
  const repair = { kind: 'system-packages', packages: ['libfoo-dev', 'libbar-dev'] }
  const key = await keyFor(buildFailure('E: Unable to locate package libfoo-dev'), {
    guidance: [{ key: 'before', text: '', repair }],
  })
  expect(key).toBe('system-package-unknown: leave out libfoo-dev of apt')
})
