/**
 * Build tools, and the day from which they can install a project in editable form (PEP 660) on the Pythons at hand.
 * They are resolved as of that day where the commit is older: they shape how a project is built, not what it does.
 */
export const buildToolFloors: Readonly<Record<string, string>> = {
  setuptools: '2022-12-31',
  wheel: '2022-12-31',
  'setuptools-scm': '2022-12-31',
  'setuptools-git-versioning': '2022-12-31',
  'flit-core': '2022-12-31',
  'poetry-core': '2022-12-31',
  hatchling: '2022-12-31',
  'hatch-vcs': '2022-12-31',
  'pdm-backend': '2023-06-30',
  'pdm-pep517': '2022-12-31',
  pbr: '2022-12-31',
  'meson-python': '2023-06-30',
}

/** Pythons that need younger build tools than the floors above. */
export const buildToolFloorByPython: Readonly<Record<string, string>> = {
  '3.12': '2024-06-30',
  '3.13': '2024-12-31',
  '3.14': '2025-12-31',
}

/** The oldest pytest that works on a Python, and the day by which it was there. */
export const pytestFloors: Readonly<Record<string, { readonly version: string; readonly date: string }>> = {
  '3.8': { version: '4.6', date: '2019-06-15' },
  '3.9': { version: '4.6', date: '2019-06-15' },
  '3.10': { version: '6.2.5', date: '2021-10-15' },
  '3.11': { version: '7.0', date: '2022-11-01' },
  '3.12': { version: '7.4', date: '2023-10-15' },
  '3.13': { version: '8.2', date: '2024-10-15' },
  '3.14': { version: '8.4', date: '2025-10-15' },
}

/** pytest and what it is made of: they are as young as one another. */
export const pytestAndItsParts: readonly string[] = [
  'attrs',
  'iniconfig',
  'more-itertools',
  'packaging',
  'pluggy',
  'py',
  'pyparsing',
  'pytest',
  'six',
  'wcwidth',
]

/** Pure packages that reach into the interpreter: none older than the Python itself works on it. */
export const interpreterBound: readonly string[] = ['hypothesis', 'importlib-metadata', 'zipp']

/** Packages that are compiled: wheels for a Python come only after it, and older sources rarely build on it. */
export const compiledPackages: readonly string[] = [
  'aiohttp',
  'bcrypt',
  'bottleneck',
  'cffi',
  'cryptography',
  'cython',
  'fastparquet',
  'gevent',
  'gmpy2',
  'greenlet',
  'grpcio',
  'h5py',
  'kiwisolver',
  'llvmlite',
  'lxml',
  'matplotlib',
  'msgpack',
  'multidict',
  'netcdf4',
  'numba',
  'numexpr',
  'numpy',
  'opencv-python',
  'opencv-python-headless',
  'pandas',
  'pillow',
  'psutil',
  'psycopg2-binary',
  'pyarrow',
  'pymongo',
  'pynacl',
  'pyqt5',
  'pywavelets',
  'pyyaml',
  'pyzmq',
  'regex',
  'scikit-image',
  'scikit-learn',
  'scipy',
  'shapely',
  'statsmodels',
  'tables',
  'tensorflow',
  'torch',
  'tornado',
  'typed-ast',
  'ujson',
  'uvloop',
  'yarl',
]

/** How long after a Python most of them had wheels for it. */
export const wheelsFollowDays = 90

/** Packages whose old files were uploaded again at a later day, so that none of them seems to be older than it. */
export const reuploadedPackages: Readonly<Record<string, string>> = {
  atomicwrites: '2022-07-09',
}

/** Tools that derive a version from git tags, and the variable that tells them the version instead. */
export const versionVariables: Readonly<Record<string, readonly string[]>> = {
  'setuptools-scm': ['SETUPTOOLS_SCM_PRETEND_VERSION'],
  'hatch-vcs': ['SETUPTOOLS_SCM_PRETEND_VERSION'],
  'setuptools-git-versioning': ['SETUPTOOLS_GIT_VERSIONING_VERSION'],
  'pdm-backend': ['PDM_BUILD_SCM_VERSION'],
  'pdm-pep517': ['PDM_PEP517_SCM_VERSION'],
  pbr: ['PBR_VERSION'],
  'poetry-dynamic-versioning': ['POETRY_DYNAMIC_VERSIONING_BYPASS'],
  versioningit: ['SETUPTOOLS_SCM_PRETEND_VERSION'],
  'vcs-versioning': ['SETUPTOOLS_SCM_PRETEND_VERSION'],
}
