/** Names that a library dropped, in the words of the failure, and the requirement that still has them. */
export interface UpperBoundRow {
  readonly name: string
  readonly sees: RegExp
  readonly requirements: readonly string[]
}

export const upperBoundRows: readonly UpperBoundRow[] = [
  {
    name: 'markupsafe-soft-unicode',
    sees: /cannot import name '?soft_unicode'? from '?markupsafe/,
    requirements: ['markupsafe<2.1'],
  },
  {
    name: 'jinja2-escape',
    sees: /cannot import name '?(?:escape|Markup|contextfilter|evalcontextfilter|environmentfilter|contextfunction)'? from '?jinja2/,
    requirements: ['jinja2<3.1'],
  },
  {
    name: 'itsdangerous-json',
    sees: /cannot import name '?json'? from '?itsdangerous/,
    requirements: ['itsdangerous<2.1'],
  },
  {
    name: 'werkzeug-top-level',
    sees: /cannot import name '?(?:cached_property|BaseResponse|BaseRequest|secure_filename|FileStorage|import_string|SharedDataMiddleware|parse_options_header|ImmutableDict|LocalProxy)'? from '?werkzeug'?(?!\.)|No module named '?werkzeug\.contrib/,
    requirements: ['werkzeug<1'],
  },
  {
    name: 'werkzeug-2.1-names',
    sees: /cannot import name '?(?:safe_str_cmp|BaseResponse|BaseRequest|escape|safe_join|get_path_info)'? from '?werkzeug\.\w/,
    requirements: ['werkzeug<2.1'],
  },
  {
    name: 'werkzeug-3-names',
    sees: /cannot import name '?(?:url_quote|url_quote_plus|url_decode|url_encode|url_parse|url_unquote|url_join|parse_rule|__version__)'? from '?werkzeug|module 'werkzeug' has no attribute '__version__'/,
    requirements: ['werkzeug<3'],
  },
  {
    name: 'flask-2.3-names',
    sees: /cannot import name '?(?:escape|Markup|_request_ctx_stack|_app_ctx_stack|JSONEncoder|safe_join)'? from '?flask|'Flask' object has no attribute '(?:json_encoder|before_first_request)'/,
    requirements: ['flask<2.2', 'werkzeug<2.2'],
  },
  {
    name: 'click-names',
    sees: /cannot import name '?(?:get_terminal_size|_unicodefun|get_os_args)'? from '?click|unexpected keyword argument 'mix_stderr'/,
    requirements: ['click<8.1'],
  },
  {
    name: 'numpy-aliases',
    sees: /module '?numpy'? has no attribute '?(?:int|float|bool|object|str|complex|long|typeDict|unicode)'?|np\.(?:int|float|bool|object)` was a deprecated alias/,
    requirements: ['numpy<1.24'],
  },
  {
    name: 'numpy-2',
    sees: /was removed in the NumPy 2\.0 release|module '?numpy'? has no attribute '?(?:NaN|Inf|float_|unicode_|string_|product|cumproduct|alltrue|sometrue|in1d|row_stack|trapz|asfarray|cast|core)\b|compiled using NumPy 1\.x cannot be run in\s+NumPy 2|numpy\.dtype size changed|numpy\.core\.multiarray failed to import/,
    requirements: ['numpy<2'],
  },
  {
    name: 'numpy-testing',
    sees: /cannot import name '?(?:rational_t|Tester|decorators|NumpyTest)'? from '?numpy|No module named '?numpy\.testing\.(?:decorators|nosetester)/,
    requirements: ['numpy<1.18'],
  },
  {
    name: 'scipy-misc-images',
    sees: /cannot import name '?(?:imread|imresize|imsave|factorial|logsumexp)'? from '?scipy\.misc/,
    requirements: ['scipy<1.3'],
  },
  {
    name: 'scipy-misc',
    sees: /cannot import name '?(?:derivative|face|ascent|central_diff_weights)'? from '?scipy\.misc|No module named '?scipy\.misc/,
    requirements: ['scipy<1.12'],
  },
  {
    name: 'scipy-signal-windows',
    sees: /cannot import name '?(?:hann|hamming|blackman|kaiser|gaussian|tukey)'? from '?scipy\.signal|cannot import name '?(?:cumtrapz|simps|trapz)'? from '?scipy\.integrate/,
    requirements: ['scipy<1.13'],
  },
  {
    name: 'pandas-2',
    sees: /'(?:DataFrame|Series)' object has no attribute '(?:append|iteritems|lookup|mad)'|cannot import name '?(?:Int64Index|Float64Index|UInt64Index)'? from '?pandas|No module named '?pandas\.core\.index/,
    requirements: ['pandas<2'],
  },
  {
    name: 'pandas-util-testing',
    sees: /No module named '?pandas\.util\.testing|module 'pandas' has no attribute 'Panel'|cannot import name '?Panel'? from '?pandas/,
    requirements: ['pandas<1'],
  },
  {
    name: 'matplotlib-names',
    sees: /module 'matplotlib(?:\.cm)?' has no attribute '(?:get_cmap|register_cmap)'|cannot import name '?(?:get_cmap|docstring)'? from '?matplotlib|No module named '?matplotlib\.(?:_image|tight_layout|docstring)/,
    requirements: ['matplotlib<3.9'],
  },
  {
    name: 'sklearn-names',
    sees: /No module named '?sklearn\.(?:externals|cross_validation|grid_search|utils\.testing|linear_model\.base|preprocessing\.imputation)/,
    requirements: ['scikit-learn<0.22'],
  },
  { name: 'setuptools-pkg-resources', sees: /No module named '?pkg_resources/, requirements: ['setuptools<81'] },
  {
    name: 'setuptools-removals',
    sees: /No module named '?(?:setuptools\.command\.test|setuptools\.dep_util|distutils\.msvccompiler)|cannot import name '?Feature'? from '?setuptools/,
    requirements: ['setuptools<72'],
  },
  {
    name: 'pkg-resources-deprecated',
    sees: /pkg_resources is deprecated as an API|Deprecated call to `pkg_resources/,
    requirements: ['setuptools<67'],
  },
  {
    name: 'importlib-metadata-entry-points',
    sees: /'EntryPoints' object has no attribute 'get'|'SelectableGroups'/,
    requirements: ['importlib-metadata<5'],
  },
  {
    name: 'attrs-convert',
    sees: /(?:attrib|attr\.ib|attrs|ib)\(\) got an unexpected keyword argument 'convert'/,
    requirements: ['attrs<19.2'],
  },
  {
    name: 'attrs-too-old',
    sees: /No module named '?attrs'?$|attrib\(\) got an unexpected keyword argument '(?:eq|order|alias|on_setattr)'/m,
    requirements: ['attrs>=22.2'],
  },
  {
    name: 'pytest-4-removals',
    sees: /has no attribute 'get_marker'|yield tests were removed in pytest 4|Fixture "[^"]*" called directly|cannot import name '?(?:transfer_markers|MarkInfo)'? from '?_pytest/,
    requirements: ['pytest<4'],
  },
  {
    name: 'pytest-5-removals',
    sees: /module 'pytest' has no attribute 'config'|raises\(\) got an unexpected keyword argument 'message'|'Config' object has no attribute 'warn'/,
    requirements: ['pytest<5'],
  },
  {
    name: 'pytest-6-removals',
    sees: /'TerminalReporter' object has no attribute 'writer'|Direct construction of .* has been deprecated|has no attribute 'from_parent'/,
    requirements: ['pytest<6'],
  },
  { name: 'pytest-6.2-names', sees: /cannot import name '?Testdir'? from '?_pytest/, requirements: ['pytest<6.2'] },
  {
    name: 'pytest-7-removals',
    sees: /PytestRemovedIn[78]Warning|py\.path\.local\) argument is deprecated|module 'pytest' has no attribute 'Instance'/,
    requirements: ['pytest<7'],
  },
  {
    name: 'pytest-8-removals',
    sees: /PytestRemovedIn9Warning|Support for nose tests is deprecated|import_path\(\) missing 1 required keyword-only argument: 'consider_namespace_packages'|'FixtureDef' object has no attribute 'unittest'|'Package' object has no attribute 'obj'/,
    requirements: ['pytest<8'],
  },
  {
    name: 'pytest-asyncio-loop',
    sees: /The event_loop fixture provided by pytest-asyncio has been redefined/,
    requirements: ['pytest-asyncio<0.22'],
  },
  {
    name: 'pytest-asyncio-strict',
    sees: /requested an async fixture .* with no plugin or hook that handled it/,
    requirements: ['pytest-asyncio<0.17'],
  },
  {
    name: 'sphinx-names',
    sees: /cannot import name '?(?:Directive|ENGLISH|environmentfilter|make_admonition)'? from '?sphinx|No module named '?sphinx\.(?:util\.compat|ext\.pngmath)/,
    requirements: ['sphinx<3'],
  },
  {
    name: 'docutils-names',
    sees: /module 'docutils\.nodes' has no attribute 'reprunicode'|cannot import name '?(?:ErrorString|SafeString)'? from '?docutils/,
    requirements: ['docutils<0.18'],
  },
  {
    name: 'sqlalchemy-2',
    sees: /module 'sqlalchemy(?:\.\w+)*' has no attribute '(?:exceptions|Binary)'|cannot import name '?(?:_ColumnEntity|mapper|ColumnProperty|Query)'? from '?sqlalchemy|Textual SQL expression .* should be explicitly declared|'(?:Engine|OptionEngine)' object has no attribute '(?:execute|table_names)'/,
    requirements: ['sqlalchemy<2'],
  },
  {
    name: 'pydantic-2',
    sees: /PydanticUserError|PydanticImportError|`BaseSettings` has been moved|cannot import name '?(?:BaseSettings|ModelField|parse_obj_as)'? from '?pydantic/,
    requirements: ['pydantic<2'],
  },
  {
    name: 'django-names',
    sees: /cannot import name '?(?:ugettext|ugettext_lazy|force_text|smart_text|url)'? from '?django|No module named '?django\.(?:core\.urlresolvers|utils\.six|contrib\.postgres\.fields\.jsonb)/,
    requirements: ['django<4'],
  },
  { name: 'protobuf-4', sees: /Descriptors cannot (?:not )?be created directly/, requirements: ['protobuf<3.21'] },
  {
    name: 'urllib3-2',
    sees: /cannot import name '?(?:DEFAULT_CIPHERS|appengine)'? from '?urllib3|No module named '?urllib3\.contrib\.appengine|'HTTPResponse' object has no attribute 'strict'/,
    requirements: ['urllib3<2'],
  },
  {
    name: 'requests-toolbelt',
    sees: /cannot import name '?appengine'? from '?requests\.packages\.urllib3\.contrib/,
    requirements: ['requests-toolbelt>=0.10.1'],
  },
  {
    name: 'pyyaml-load',
    sees: /load\(\) missing 1 required positional argument: 'Loader'/,
    requirements: ['pyyaml<6'],
  },
  {
    name: 'cryptography-names',
    sees: /cannot import name '?(?:MultiBackend|Backend|DSABackend)'? from '?cryptography|module 'lib' has no attribute '(?:X509_V_FLAG_CB_ISSUER_CHECK|OpenSSL_add_all_algorithms|SSL_ST_INIT)'/,
    requirements: ['cryptography<39', 'pyopenssl<23'],
  },
  {
    name: 'tornado-names',
    sees: /module 'tornado\.(?:web|gen)' has no attribute '(?:asynchronous|Task)'/,
    requirements: ['tornado<6'],
  },
  {
    name: 'networkx-3',
    sees: /module 'networkx' has no attribute '(?:from_numpy_matrix|to_numpy_matrix|read_gpickle|write_gpickle|info)'/,
    requirements: ['networkx<3'],
  },
  {
    name: 'networkx-node',
    sees: /'(?:Multi)?(?:Graph|DiGraph)' object has no attribute 'node'/,
    requirements: ['networkx<2.4'],
  },
  {
    name: 'pillow-10',
    sees: /module 'PIL\.Image' has no attribute '(?:ANTIALIAS|LINEAR|CUBIC)'|'FreeTypeFont' object has no attribute 'getsize'|'ImageDraw' object has no attribute 'textsize'/,
    requirements: ['pillow<10'],
  },
  { name: 'pillow-version', sees: /cannot import name '?PILLOW_VERSION'? from '?PIL/, requirements: ['pillow<7'] },
  {
    name: 'pyparsing-names',
    sees: /module 'pyparsing' has no attribute '(?:downcaseTokens|upcaseTokens|operatorPrecedence)'/,
    requirements: ['pyparsing<3'],
  },
  {
    name: 'packaging-legacy',
    sees: /cannot import name '?LegacyVersion'? from '?packaging|module 'packaging\.version' has no attribute 'LegacyVersion'|packaging\.version\.InvalidVersion/,
    requirements: ['packaging<22'],
  },
  {
    name: 'httpx-names',
    sees: /cannot import name '?(?:_client|BaseTransport|ASGIDispatch)'? from '?httpx|unexpected keyword argument '(?:proxies|app)'/,
    requirements: ['httpx<0.28'],
  },
  {
    name: 'redis-names',
    sees: /cannot import name '?StrictRedis'? from '?redis|module 'redis' has no attribute '_compat'/,
    requirements: ['redis<4'],
  },
  {
    name: 'pymongo-names',
    sees: /'(?:Collection|Database)' object is not callable[\s\S]*(?:insert|update|remove|count|ensure_index)|cannot import name '?(?:Connection|SON)'? from '?pymongo/,
    requirements: ['pymongo<4'],
  },
  {
    name: 'astroid-names',
    sees: /cannot import name '?(?:scoped_nodes|BUILTINS|brain_dataclasses)'? from '?astroid|module 'astroid(?:\.\w+)?' has no attribute '(?:Index|ExtSlice|scoped_nodes)'/,
    requirements: ['astroid<2.6'],
  },
  { name: 'mock-names', sees: /module 'mock(?:\.mock)?' has no attribute '_importer'/, requirements: ['mock<4'] },
  {
    name: 'freezegun-uuid',
    sees: /freezegun[\s\S]*has no attribute '_uuid_generate_time'/,
    requirements: ['freezegun>=0.3.15'],
  },
]
