/** What a failed build or run says is missing, and the Debian packages that hold it. */
export interface SystemPackageRow {
  readonly name: string
  readonly sees: RegExp
  readonly packages: readonly string[]
}

/** A header that was not found, by its path. */
function header(name: string): RegExp {
  return new RegExp(`fatal error: "?(?:[\\w/]*/)?(?:${name}): No such file|provides \`(?:[\\w/]*/)?(?:${name})\``)
}

/** A program that was not found, in the words of shells, Python and setup scripts. */
function command(name: string): RegExp {
  return new RegExp(
    `\\b(?:${name}): (?:command )?not found|No such file or directory: ['"]?(?:${name})['"]|\\b(?:${name}) executable not found|Could(?:n't| not) (?:run|find) (?:${name})\\b|\\b(?:${name}) not found\\b|command '(?:${name})' failed: No such file|unable to execute '?(?:${name})'?: No such file|(?:Program|program) '?(?:${name})'? (?:not found|was not found)`,
  )
}

/** A package that pkg-config does not know. */
function pkgConfig(name: string): RegExp {
  return new RegExp(
    `No package '(?:${name})' found|Package '?(?:${name})'? (?:was )?not found|Dependency "(?:${name})" not found`,
  )
}

/** A shared library that the loader did not find. */
function library(name: string): RegExp {
  return new RegExp(
    `(?:${name})\\.so[.\\d]*: cannot open shared object file|cannot find -l(?:${name.replace(/^lib/, '')})\\b`,
  )
}

function anyOf(...patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map((pattern) => pattern.source).join('|'))
}

export const systemPackageRows: readonly SystemPackageRow[] = [
  { name: 'c-compiler', sees: command('gcc|cc|x86_64-linux-gnu-gcc|make'), packages: ['build-essential'] },
  {
    name: 'cxx-compiler',
    sees: anyOf(command('g\\+\\+|c\\+\\+'), /error trying to exec 'cc1plus'/),
    packages: ['g++'],
  },
  {
    name: 'fortran-compiler',
    sees: anyOf(command('gfortran|f77|f95'), /no Fortran compiler found|Unknown compiler\(s\).*gfortran/),
    packages: ['gfortran'],
  },
  { name: 'python-headers', sees: header('Python\\.h'), packages: ['python3-dev'] },
  { name: 'cmake', sees: anyOf(command('cmake'), /CMake must be installed/), packages: ['cmake'] },
  { name: 'pkg-config', sees: command('pkg-config|pkgconfig'), packages: ['pkg-config'] },
  {
    name: 'rust',
    sees: anyOf(command('cargo|rustc'), /can't find Rust compiler|Cargo, the Rust package manager, is not installed/),
    packages: ['cargo', 'rustc'],
  },
  { name: 'swig', sees: command('swig'), packages: ['swig'] },
  {
    name: 'autotools',
    sees: command('autoreconf|automake|autoconf|libtoolize'),
    packages: ['autoconf', 'automake', 'libtool'],
  },
  {
    name: 'ffi',
    sees: anyOf(header('ffi\\.h'), pkgConfig('libffi'), library('libffi')),
    packages: ['libffi-dev', 'pkg-config'],
  },
  {
    name: 'xml',
    sees: anyOf(
      command('xslt-config|xml2-config'),
      header('libxml/.*?\\.h|xmlversion\\.h'),
      pkgConfig('libxml-2\\.0|libxslt'),
      library('libxslt|libxml2'),
    ),
    packages: ['libxml2-dev', 'libxslt1-dev'],
  },
  {
    name: 'postgres',
    sees: anyOf(command('pg_config'), header('libpq-fe\\.h'), library('libpq')),
    packages: ['libpq-dev'],
  },
  {
    name: 'mysql',
    sees: anyOf(
      command('mysql_config|mariadb_config'),
      /Can not find valid pkg-config name.*mysqlclient/s,
      header('mysql\\.h'),
      library('libmysqlclient|libmariadb'),
    ),
    packages: ['default-libmysqlclient-dev', 'pkg-config'],
  },
  { name: 'sqlite', sees: anyOf(header('sqlite3\\.h'), library('libsqlite3')), packages: ['libsqlite3-dev'] },
  {
    name: 'openssl',
    sees: anyOf(
      header('(?:openssl/)?(?:opensslv|err|ssl|evp|aes|opensslconf)\\.h'),
      pkgConfig('openssl'),
      library('libssl|libcrypto'),
    ),
    packages: ['libssl-dev', 'pkg-config'],
  },
  {
    name: 'zlib',
    sees: anyOf(header('zlib\\.h'), pkgConfig('zlib'), /could not be found for zlib/, library('libz')),
    packages: ['zlib1g-dev'],
  },
  {
    name: 'jpeg',
    sees: anyOf(header('jpeglib\\.h'), pkgConfig('libjpeg'), /could not be found for jpeg/, library('libjpeg')),
    packages: ['libjpeg-dev', 'zlib1g-dev'],
  },
  { name: 'png', sees: anyOf(header('png\\.h'), pkgConfig('libpng'), library('libpng16')), packages: ['libpng-dev'] },
  {
    name: 'freetype',
    sees: anyOf(header('ft2build\\.h'), pkgConfig('freetype2?'), command('freetype-config'), library('libfreetype')),
    packages: ['libfreetype6-dev', 'pkg-config'],
  },
  { name: 'gmp', sees: anyOf(header('gmp\\.h'), library('libgmp')), packages: ['libgmp-dev'] },
  { name: 'mpfr', sees: anyOf(header('mpfr\\.h'), library('libmpfr')), packages: ['libmpfr-dev'] },
  { name: 'mpc', sees: anyOf(header('mpc\\.h'), library('libmpc')), packages: ['libmpc-dev'] },
  { name: 'ldap', sees: header('lber\\.h|ldap\\.h'), packages: ['libldap2-dev', 'libsasl2-dev'] },
  { name: 'sasl', sees: header('sasl/sasl\\.h|sasl\\.h'), packages: ['libsasl2-dev'] },
  {
    name: 'curl',
    sees: anyOf(command('curl-config'), header('curl/curl\\.h|curl\\.h')),
    packages: ['libcurl4-openssl-dev', 'libssl-dev'],
  },
  { name: 'odbc', sees: anyOf(header('sql\\.h|sqlext\\.h'), library('libodbc')), packages: ['unixodbc-dev'] },
  {
    name: 'kerberos',
    sees: anyOf(command('krb5-config'), header('gssapi/.*?\\.h|krb5\\.h')),
    packages: ['libkrb5-dev'],
  },
  {
    name: 'cairo',
    sees: anyOf(header('cairo\\.h'), pkgConfig('cairo'), /no library called "cairo/, library('libcairo')),
    packages: ['libcairo2-dev', 'pkg-config'],
  },
  {
    name: 'pango',
    sees: anyOf(pkgConfig('pango(?:cairo)?'), /cannot load library '?(?:libpango|pango)/, library('libpango-1\\.0')),
    packages: ['libpango-1.0-0', 'libpangocairo-1.0-0', 'libpangoft2-1.0-0'],
  },
  {
    name: 'gobject',
    sees: anyOf(pkgConfig('gobject-introspection-1\\.0|girepository-2\\.0'), header('girepository\\.h')),
    packages: ['libgirepository1.0-dev', 'libcairo2-dev', 'pkg-config'],
  },
  {
    name: 'dbus',
    sees: anyOf(
      pkgConfig('dbus-1|dbus-glib-1'),
      header('dbus/dbus\\.h'),
      /dbus-python[\s\S]*configure', '--disable-maintainer-mode'/,
    ),
    packages: ['libdbus-1-dev', 'libglib2.0-dev', 'pkg-config'],
  },
  {
    name: 'graphviz-headers',
    sees: anyOf(header('graphviz/cgraph\\.h|cgraph\\.h'), pkgConfig('libcgraph')),
    packages: ['graphviz', 'libgraphviz-dev', 'pkg-config'],
  },
  { name: 'graphviz', sees: anyOf(command('dot'), /failed to execute .*['"]dot['"]/i), packages: ['graphviz'] },
  {
    name: 'hdf5',
    sees: anyOf(
      header('hdf5\\.h'),
      library('libhdf5'),
      /Could not find a local HDF5 installation|Unable to load dependency HDF5/,
    ),
    packages: ['libhdf5-dev', 'pkg-config'],
  },
  {
    name: 'netcdf',
    sees: anyOf(command('nc-config'), header('netcdf\\.h')),
    packages: ['libnetcdf-dev', 'libhdf5-dev'],
  },
  { name: 'snappy', sees: header('snappy-c\\.h'), packages: ['libsnappy-dev'] },
  { name: 'lz4', sees: header('lz4\\.h'), packages: ['liblz4-dev'] },
  { name: 'bzip2', sees: header('bzlib\\.h'), packages: ['libbz2-dev'] },
  { name: 'lzma', sees: header('lzma\\.h'), packages: ['liblzma-dev'] },
  {
    name: 'blas',
    sees: anyOf(
      /Blas.*libraries not found[\s\S]*raise NotFoundError|No (?:BLAS|lapack\/blas) (?:resources|libraries) found|Dependency lookup for (?:OpenBLAS|openblas|blas)/i,
      library('libopenblas|liblapack|libblas'),
    ),
    packages: ['libopenblas-dev', 'liblapack-dev', 'gfortran', 'pkg-config'],
  },
  {
    name: 'geos',
    sees: anyOf(command('geos-config'), header('geos_c\\.h'), /Could not find lib geos_c|libgeos_c/),
    packages: ['libgeos-dev'],
  },
  {
    name: 'proj',
    sees: anyOf(header('proj(?:_api)?\\.h'), /proj executable not found|PROJ_DIR/),
    packages: ['libproj-dev', 'proj-bin'],
  },
  { name: 'gdal', sees: anyOf(command('gdal-config'), header('gdal\\.h')), packages: ['libgdal-dev', 'gdal-bin'] },
  {
    name: 'spatialindex',
    sees: /libspatialindex(?:_c)?(?:\.so)?.*(?:not found|could not)|Could not find libspatialindex/i,
    packages: ['libspatialindex-dev'],
  },
  { name: 'memcached', sees: header('libmemcached/memcached\\.h'), packages: ['libmemcached-dev', 'zlib1g-dev'] },
  { name: 'event', sees: header('event\\.h|ev\\.h'), packages: ['libevent-dev', 'libev-dev'] },
  { name: 'zmq', sees: header('zmq\\.h'), packages: ['libzmq3-dev'] },
  { name: 'yaml', sees: header('yaml\\.h'), packages: ['libyaml-dev'] },
  { name: 'magic', sees: /failed to find libmagic/i, packages: ['libmagic1'] },
  { name: 'enchant', sees: /The 'enchant' C library was not found/, packages: ['libenchant-2-2', 'hunspell-en-us'] },
  { name: 'sndfile', sees: anyOf(/sndfile library not found/, library('libsndfile')), packages: ['libsndfile1'] },
  {
    name: 'portaudio',
    sees: anyOf(header('portaudio\\.h'), /PortAudio library not found/),
    packages: ['portaudio19-dev'],
  },
  { name: 'ncurses', sees: header('n?curses\\.h'), packages: ['libncurses-dev'] },
  { name: 'readline', sees: header('readline/readline\\.h'), packages: ['libreadline-dev'] },
  {
    name: 'usb',
    sees: header('libusb-1\\.0/libusb\\.h|libusb\\.h|usb\\.h'),
    packages: ['libusb-1.0-0-dev', 'libusb-dev'],
  },
  { name: 'udev', sees: header('libudev\\.h'), packages: ['libudev-dev'] },
  { name: 'bluetooth', sees: header('bluetooth/bluetooth\\.h'), packages: ['libbluetooth-dev'] },
  { name: 'acl', sees: header('sys/acl\\.h'), packages: ['libacl1-dev'] },
  { name: 'attr', sees: header('attr/xattr\\.h'), packages: ['libattr1-dev'] },
  { name: 'augeas', sees: anyOf(header('augeas\\.h'), pkgConfig('augeas')), packages: ['libaugeas-dev'] },
  {
    name: 'systemd',
    sees: anyOf(header('systemd/sd-.*?\\.h'), pkgConfig('libsystemd')),
    packages: ['libsystemd-dev', 'pkg-config'],
  },
  {
    name: 'virt',
    sees: anyOf(pkgConfig('libvirt'), header('libvirt/libvirt\\.h')),
    packages: ['libvirt-dev', 'pkg-config'],
  },
  {
    name: 'ffmpeg-headers',
    sees: anyOf(pkgConfig('libavformat|libavcodec|libavdevice'), header('libav\\w+/av\\w+\\.h')),
    packages: [
      'libavformat-dev',
      'libavdevice-dev',
      'libavfilter-dev',
      'libswscale-dev',
      'libswresample-dev',
      'pkg-config',
    ],
  },
  { name: 'gsl', sees: anyOf(command('gsl-config'), header('gsl/.*?\\.h')), packages: ['libgsl-dev'] },
  { name: 'boost', sees: header('boost/.*?\\.hpp'), packages: ['libboost-all-dev'] },
  { name: 'eigen', sees: header('Eigen/\\w+'), packages: ['libeigen3-dev'] },
  { name: 'fftw', sees: header('fftw3\\.h'), packages: ['libfftw3-dev'] },
  {
    name: 'suitesparse',
    sees: header('umfpack\\.h|cholmod\\.h|suitesparse/.*?\\.h'),
    packages: ['libsuitesparse-dev'],
  },
  {
    name: 'mpi',
    sees: anyOf(command('mpicc|mpiexec|mpirun'), header('mpi\\.h'), library('libmpi')),
    packages: ['libopenmpi-dev', 'openmpi-bin'],
  },
  {
    name: 'tcl',
    sees: anyOf(header('t(?:cl|k)\\.h'), library('libtk8\\.6'), /No module named '_?tkinter'/),
    packages: ['python3-tk', 'tk-dev'],
  },
  { name: 'opengl', sees: library('libGL'), packages: ['libgl1', 'libglib2.0-0'] },
  { name: 'egl', sees: library('libEGL'), packages: ['libegl1'] },
  { name: 'glib', sees: library('libgthread-2\\.0|libglib-2\\.0'), packages: ['libglib2.0-0'] },
  { name: 'openmp', sees: library('libgomp'), packages: ['libgomp1'] },
  {
    name: 'x11',
    sees: library('libXrender|libSM|libXext|libX11|libxcb'),
    packages: ['libsm6', 'libxext6', 'libxrender1', 'libx11-6'],
  },
  { name: 'xkb', sees: library('libxkbcommon'), packages: ['libxkbcommon0', 'libdbus-1-3'] },
  { name: 'nss', sees: library('libnss3'), packages: ['libnss3'] },
  { name: 'git', sees: anyOf(command('git'), /Bad git executable|git executable not found/i), packages: ['git'] },
  { name: 'mercurial', sees: command('hg'), packages: ['mercurial'] },
  { name: 'subversion', sees: command('svn|svnadmin'), packages: ['subversion'] },
  { name: 'ffmpeg', sees: anyOf(command('ffmpeg|ffprobe'), /Couldn't find ff(?:mpeg|probe)/), packages: ['ffmpeg'] },
  { name: 'pandoc', sees: anyOf(command('pandoc'), /No pandoc was found/), packages: ['pandoc'] },
  {
    name: 'imagemagick',
    sees: anyOf(command('convert|magick|identify'), /MagickWand shared library not found/),
    packages: ['imagemagick', 'libmagickwand-dev'],
  },
  { name: 'ghostscript', sees: command('gs'), packages: ['ghostscript'] },
  { name: 'poppler', sees: command('pdftotext|pdfinfo|pdftoppm'), packages: ['poppler-utils'] },
  { name: 'tesseract', sees: anyOf(command('tesseract'), /tesseract is not installed/), packages: ['tesseract-ocr'] },
  { name: 'java', sees: anyOf(command('java|javac'), /JAVA_HOME is not set/), packages: ['default-jre-headless'] },
  { name: 'node', sees: command('node|nodejs|npm'), packages: ['nodejs', 'npm'] },
  { name: 'redis', sees: command('redis-server'), packages: ['redis-server'] },
  { name: 'postgres-server', sees: command('initdb|pg_ctl|postgres'), packages: ['postgresql'] },
  { name: 'rsync', sees: command('rsync'), packages: ['rsync'] },
  { name: 'curl-command', sees: command('curl'), packages: ['curl'] },
  { name: 'wget', sees: command('wget'), packages: ['wget'] },
  { name: 'zip', sees: command('zip|unzip'), packages: ['zip', 'unzip'] },
  { name: 'processes', sees: command('ps|pgrep|pkill|free'), packages: ['procps'] },
  { name: 'less', sees: command('less'), packages: ['less'] },
  { name: 'man', sees: command('man|groff'), packages: ['man-db', 'groff'] },
  { name: 'openssh', sees: command('ssh|ssh-keygen|ssh-agent'), packages: ['openssh-client'] },
  { name: 'gnupg', sees: command('gpg|gpg2'), packages: ['gnupg'] },
  { name: 'xvfb', sees: anyOf(command('Xvfb|xvfb-run')), packages: ['xvfb'] },
  { name: 'locales', sees: /locale\.Error: unsupported locale setting|UnknownLocaleError/, packages: ['locales-all'] },
  {
    name: 'timezones',
    sees: /\/usr\/share\/zoneinfo.*No such file|ZoneInfoNotFoundError|No time zone found with key/,
    packages: ['tzdata'],
  },
]
