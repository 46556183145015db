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

/** Test tools, and the first day with a release that works on a Python, where the commit is older than that. */
export const testToolFloors: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  pytest: {
    '3.9': '2019-06-15',
    '3.10': '2021-10-15',
    '3.11': '2022-11-01',
    '3.12': '2023-10-15',
    '3.13': '2024-10-15',
  },
  pluggy: {
    '3.9': '2019-06-15',
    '3.10': '2021-10-15',
    '3.11': '2022-11-01',
    '3.12': '2023-10-15',
    '3.13': '2024-10-15',
  },
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
