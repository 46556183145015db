import { expect, test } from 'bun:test'
import { upperBoundRows } from '../../../../src/authors/rules/tables/upper-bounds.ts'
import { keyFor, runFailure } from '../support.ts'

const examples: readonly (readonly [string, string])[] = [
  [
    "ImportError: cannot import name 'soft_unicode' from 'markupsafe' (/x/markupsafe/__init__.py)",
    'markupsafe-soft-unicode: require markupsafe<2.1',
  ],
  [
    "ImportError: cannot import name 'escape' from 'jinja2' (/x/jinja2/__init__.py)",
    'jinja2-escape: require jinja2<3.1',
  ],
  [
    "ImportError: cannot import name 'json' from 'itsdangerous' (/x/itsdangerous/__init__.py)",
    'itsdangerous-json: require itsdangerous<2.1',
  ],
  [
    "ImportError: cannot import name 'cached_property' from 'werkzeug' (/x/werkzeug/__init__.py)",
    'werkzeug-top-level: require werkzeug<1',
  ],
  [
    "ImportError: cannot import name 'safe_str_cmp' from 'werkzeug.security' (/x/werkzeug/security.py)",
    'werkzeug-2.1-names: require werkzeug<2.1',
  ],
  [
    "ImportError: cannot import name 'url_quote' from 'werkzeug.urls' (/x/werkzeug/urls.py)",
    'werkzeug-3-names: require werkzeug<3',
  ],
  [
    "ImportError: cannot import name '_request_ctx_stack' from 'flask' (/x/flask/__init__.py)",
    'flask-2.3-names: require flask<2.2, werkzeug<2.2',
  ],
  [
    "ImportError: cannot import name '_unicodefun' from 'click' (/x/click/__init__.py)",
    'click-names: require click<8.1',
  ],
  ["AttributeError: module 'numpy' has no attribute 'int'.", 'numpy-aliases: require numpy<1.24'],
  [
    'AttributeError: `np.float_` was removed in the NumPy 2.0 release. Use `np.float64` instead.',
    'numpy-2: require numpy<2',
  ],
  ["ModuleNotFoundError: No module named 'numpy.testing.decorators'", 'numpy-testing: require numpy<1.18'],
  [
    "ImportError: cannot import name 'imread' from 'scipy.misc' (/x/scipy/misc/__init__.py)",
    'scipy-misc-images: require scipy<1.3',
  ],
  [
    "ImportError: cannot import name 'derivative' from 'scipy.misc' (unknown location)",
    'scipy-misc: require scipy<1.12',
  ],
  [
    "ImportError: cannot import name 'cumtrapz' from 'scipy.integrate' (/x/scipy/integrate/__init__.py)",
    'scipy-signal-windows: require scipy<1.13',
  ],
  [
    "AttributeError: 'DataFrame' object has no attribute 'append'. Did you mean: '_append'?",
    'pandas-2: require pandas<2',
  ],
  ["ModuleNotFoundError: No module named 'pandas.util.testing'", 'pandas-util-testing: require pandas<1'],
  ["AttributeError: module 'matplotlib.cm' has no attribute 'get_cmap'", 'matplotlib-names: require matplotlib<3.9'],
  ["ModuleNotFoundError: No module named 'sklearn.externals'", 'sklearn-names: require scikit-learn<0.22'],
  ["ModuleNotFoundError: No module named 'pkg_resources'", 'setuptools-pkg-resources: require setuptools<81'],
  ["ModuleNotFoundError: No module named 'setuptools.command.test'", 'setuptools-removals: require setuptools<72'],
  [
    'E   UserWarning: pkg_resources is deprecated as an API. See https://setuptools',
    'pkg-resources-deprecated: require setuptools<67',
  ],
  [
    "AttributeError: 'EntryPoints' object has no attribute 'get'",
    'importlib-metadata-entry-points: require importlib-metadata<5',
  ],
  ["TypeError: attrib() got an unexpected keyword argument 'convert'", 'attrs-convert: require attrs<19.2'],
  ["TypeError: attrib() got an unexpected keyword argument 'eq'", 'attrs-too-old: require attrs>=22.2'],
  ["AttributeError: 'Function' object has no attribute 'get_marker'", 'pytest-4-removals: require pytest<4'],
  ["AttributeError: module 'pytest' has no attribute 'config'", 'pytest-5-removals: require pytest<5'],
  ["AttributeError: 'TerminalReporter' object has no attribute 'writer'", 'pytest-6-removals: require pytest<6'],
  [
    "ImportError: cannot import name 'Testdir' from '_pytest.pytester' (/x/_pytest/pytester.py)",
    'pytest-6.2-names: require pytest<6.2',
  ],
  ['pytest.PytestRemovedIn8Warning: Passing None has been deprecated.', 'pytest-7-removals: require pytest<7'],
  [
    'E   pytest.PytestRemovedIn9Warning: Marks applied to fixtures have no effect',
    'pytest-8-removals: require pytest<8',
  ],
  [
    'DeprecationWarning: The event_loop fixture provided by pytest-asyncio has been redefined in',
    'pytest-asyncio-loop: require pytest-asyncio<0.22',
  ],
  [
    "'test_a' requested an async fixture 'client', with no plugin or hook that handled it.",
    'pytest-asyncio-strict: require pytest-asyncio<0.17',
  ],
  [
    "ImportError: cannot import name 'environmentfilter' from 'sphinx.util' (/x/sphinx/util/__init__.py)",
    'sphinx-names: require sphinx<3',
  ],
  ["AttributeError: module 'docutils.nodes' has no attribute 'reprunicode'", 'docutils-names: require docutils<0.18'],
  ["AttributeError: 'Engine' object has no attribute 'execute'", 'sqlalchemy-2: require sqlalchemy<2'],
  [
    'pydantic.errors.PydanticImportError: `BaseSettings` has been moved to the `pydantic-settings` package.',
    'pydantic-2: require pydantic<2',
  ],
  [
    "ImportError: cannot import name 'ugettext_lazy' from 'django.utils.translation' (/x/django/utils/translation/__init__.py)",
    'django-names: require django<4',
  ],
  ['TypeError: Descriptors cannot be created directly.', 'protobuf-4: require protobuf<3.21'],
  [
    "ImportError: cannot import name 'DEFAULT_CIPHERS' from 'urllib3.util.ssl_' (/x/urllib3/util/ssl_.py)",
    'urllib3-2: require urllib3<2',
  ],
  [
    "ImportError: cannot import name 'appengine' from 'requests.packages.urllib3.contrib' (/x/__init__.py)",
    'requests-toolbelt: require requests-toolbelt>=0.10.1',
  ],
  ["TypeError: load() missing 1 required positional argument: 'Loader'", 'pyyaml-load: require pyyaml<6'],
  [
    "AttributeError: module 'lib' has no attribute 'X509_V_FLAG_CB_ISSUER_CHECK'",
    'cryptography-names: require cryptography<39, pyopenssl<23',
  ],
  ["AttributeError: module 'tornado.web' has no attribute 'asynchronous'", 'tornado-names: require tornado<6'],
  ["AttributeError: module 'networkx' has no attribute 'to_numpy_matrix'", 'networkx-3: require networkx<3'],
  ["AttributeError: 'DiGraph' object has no attribute 'node'", 'networkx-node: require networkx<2.4'],
  ["AttributeError: module 'PIL.Image' has no attribute 'ANTIALIAS'", 'pillow-10: require pillow<10'],
  [
    "ImportError: cannot import name 'PILLOW_VERSION' from 'PIL' (/x/PIL/__init__.py)",
    'pillow-version: require pillow<7',
  ],
  ["AttributeError: module 'pyparsing' has no attribute 'operatorPrecedence'", 'pyparsing-names: require pyparsing<3'],
  [
    "ImportError: cannot import name 'LegacyVersion' from 'packaging.version' (/x/packaging/version.py)",
    'packaging-legacy: require packaging<22',
  ],
  ["TypeError: Client.__init__() got an unexpected keyword argument 'proxies'", 'httpx-names: require httpx<0.28'],
  ["AttributeError: module 'redis' has no attribute '_compat'", 'redis-names: require redis<4'],
  [
    "ImportError: cannot import name 'Connection' from 'pymongo' (/x/pymongo/__init__.py)",
    'pymongo-names: require pymongo<4',
  ],
  [
    "ImportError: cannot import name 'scoped_nodes' from 'astroid' (/x/astroid/__init__.py)",
    'astroid-names: require astroid<2.6',
  ],
  ["AttributeError: module 'mock.mock' has no attribute '_importer'", 'mock-names: require mock<4'],
  [
    "freezegun/api.py: AttributeError: module 'uuid' has no attribute '_uuid_generate_time'",
    'freezegun-uuid: require freezegun>=0.3.15',
  ],
]

for (const [output, repair] of examples) {
  test(`${JSON.stringify(output)} is answered by ${repair}`, async () => {
    expect(await keyFor(runFailure(output))).toBe(`bound-${repair}`)
  })
}

test('every row has an example', () => {
  const named = new Set(examples.map(([, repair]) => repair.split(': ')[0]))
  expect(upperBoundRows.filter((row) => !named.has(row.name))).toEqual([])
})

test('never bounds the project itself', async () => {
  const output = "ImportError: cannot import name 'escape' from 'jinja2' (/testbed/src/jinja2/__init__.py)"
  const facts = { projectName: 'jinja2', ownModules: ['jinja2'], requirements: [], runtimeRequirements: [] }
  expect(await keyFor(runFailure(output), { facts })).toBe('give-up')
})
