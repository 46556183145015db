/** Extras, groups and sessions that hold what tests need; the first row with a hit is taken whole. */
export const testGroupNames: readonly (readonly RegExp[])[] = [
  [
    /^(?:unit[-_]?)?tests?$/i,
    /^testing$/i,
    /^pytest$/i,
    /^tests?[-_](?:deps|requires?|requirements|core|base|min|unit)$/i,
  ],
  [/^dev(?:el|elop|elopment)?$/i, /^(?:dev|ci)[-_](?:deps|requires?|requirements)$/i, /^ci$/i],
  [/^(?:hatch[-_])?default$/i, /^all$/i],
]

/** Requirements files that hold what tests need, by path; the first row with a hit is taken whole. */
export const testRequirementsFiles: readonly (readonly RegExp[])[] = [
  [
    /^(?:requirements?|reqs?|deps)\/(?:unit[-_]?)?(?:tests?|testing|pytest|tox)\.(?:txt|in|pip)$/i,
    /^(?:[\w]+\/)?(?:requirements?|reqs?)[-_.](?:unit[-_]?)?(?:tests?|testing|pytest|tox)\.(?:txt|in|pip)$/i,
    /^(?:tests?|testing)[-_](?:requirements?|reqs?|deps)\.(?:txt|in|pip)$/i,
    /^tests?\/requirements?(?:\/(?:py3|tests?|base|default))?\.(?:txt|in|pip)$/i,
  ],
  [
    /^(?:requirements?|reqs?|deps)\/(?:dev|devel|develop|development|ci|local)\.(?:txt|in|pip)$/i,
    /^(?:requirements?|reqs?)[-_.](?:dev|devel|develop|development|ci|local)\.(?:txt|in|pip)$/i,
    /^(?:dev|devel|development|ci)[-_](?:requirements?|reqs?|deps)\.(?:txt|in|pip)$/i,
  ],
]

/** Tools that run tests, check style, build documents or publish, and that no test imports. */
export const toolsTestsDoNotNeed: readonly RegExp[] = [
  /^(?:tox|tox-.*|nox|pre-commit|twine|build|bump2version|bumpversion|tbump|towncrier|cibuildwheel|check-manifest)$/,
  /^(?:codecov|coveralls|codacy-coverage|python-coveralls|codecov-cli)$/,
  /^(?:black|isort|autopep8|yapf|ruff|pylint|pycodestyle|pyflakes|pydocstyle|doc8|bandit|vulture|pyright|basedpyright)$/,
  /^(?:flake8|flake8-.*|pep8-naming|mccabe|pydoclint|interrogate|codespell|blacken-docs|docformatter)$/,
  /^(?:mypy|types-.*|.*-stubs|mypy-extensions)$/,
  /^(?:sphinx|sphinx-.*|sphinxcontrib-.*|furo|alabaster|myst-parser|numpydoc|mkdocs|mkdocs-.*|recommonmark|nbsphinx)$/,
  /^(?:pip|pip-tools|uv|poetry|pipenv|virtualenv|hatch|pdm|flit|contributors-txt|ipdb|jupyter|jupyterlab|notebook)$/,
]
