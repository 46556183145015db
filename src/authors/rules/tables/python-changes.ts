import type { PlanChange } from '../plan-change.ts'

/** Names of the standard library that came or went with a Python. */
export interface PythonChangeRow {
  readonly name: string
  readonly sees: RegExp
  /** The first Python without it: an older one is wanted. */
  readonly removedIn?: string
  /** The first Python with it: that one or a newer one is wanted. */
  readonly addedIn?: string
  /** What helps where no such Python is at hand. */
  readonly otherwise?: PlanChange
}

const abstractClasses =
  'Mapping|MutableMapping|Sequence|MutableSequence|Iterable|Iterator|Callable|Set|MutableSet|Hashable|Sized|Container|Generator|KeysView|ItemsView|ValuesView|Awaitable|Coroutine|ByteString'

export const pythonChangeRows: readonly PythonChangeRow[] = [
  {
    name: 'collections-abc',
    sees: new RegExp(
      `cannot import name '?(?:${abstractClasses})'? from '?collections'?(?! ?\\.abc)|module 'collections' has no attribute '(?:${abstractClasses})'`,
    ),
    removedIn: '3.10',
  },
  {
    name: 'fractions-gcd',
    sees: /cannot import name '?gcd'? from '?fractions|module 'fractions' has no attribute 'gcd'/,
    removedIn: '3.9',
  },
  {
    name: 'base64-encodestring',
    sees: /module 'base64' has no attribute '(?:encodestring|decodestring)'/,
    removedIn: '3.9',
  },
  {
    name: 'element-getchildren',
    sees: /Element' object has no attribute '(?:getchildren|getiterator)'/,
    removedIn: '3.9',
  },
  { name: 'thread-is-alive', sees: /'(?:Thread|_Timer|Timer)' object has no attribute 'isAlive'/, removedIn: '3.9' },
  {
    name: 'array-tostring',
    sees: /'array\.array' object has no attribute '(?:tostring|fromstring)'/,
    removedIn: '3.9',
  },
  { name: 'time-clock', sees: /module 'time' has no attribute 'clock'/, removedIn: '3.8' },
  {
    name: 'cgi-escape',
    sees: /module 'cgi' has no attribute 'escape'|cannot import name '?escape'? from '?cgi'/,
    removedIn: '3.8',
  },
  {
    name: 'platform-linux-distribution',
    sees: /module 'platform' has no attribute '(?:linux_distribution|dist)'/,
    removedIn: '3.8',
  },
  {
    name: 'inspect-getargspec',
    sees: /(?:module 'inspect' has no attribute|cannot import name) '?(?:getargspec|formatargspec)'?/,
    removedIn: '3.11',
  },
  {
    name: 'asyncio-coroutine',
    sees: /module 'asyncio' has no attribute '(?:coroutine|async|get_event_loop_policy_old)'|cannot import name '?coroutine'? from '?(?:asyncio|types)/,
    removedIn: '3.11',
  },
  { name: 'asyncio-loop-argument', sees: /unexpected keyword argument 'loop'/, removedIn: '3.10' },
  { name: 'random-sample-set', sees: /Population must be a sequence\.\s+For dicts or sets/, removedIn: '3.11' },
  { name: 'open-u-mode', sees: /invalid mode: '[rb]*U[rb]*'/, removedIn: '3.11' },
  {
    name: 'dataclass-mutable-default',
    sees: /mutable default <class '[^']+'> for field \w+ is not allowed/,
    removedIn: '3.11',
  },
  {
    name: 'distutils',
    sees: /No module named '?distutils/,
    removedIn: '3.12',
    otherwise: { kind: 'require', requirements: ['setuptools<81'] },
  },
  {
    name: 'imp',
    sees: /No module named '?imp'?(?:$|\s)/m,
    removedIn: '3.12',
    otherwise: { kind: 'require', requirements: ['zombie-imp'] },
  },
  {
    name: 'asyncore',
    sees: /No module named '?(?:asyncore|asynchat|smtpd)'?/,
    removedIn: '3.12',
    otherwise: { kind: 'require', requirements: ['pyasyncore', 'pyasynchat'] },
  },
  {
    name: 'unittest-aliases',
    sees: /has no attribute '(?:assertEquals|assertNotEquals|assertItemsEqual|assertRegexpMatches|assertRaisesRegexp|failUnless|assert_|assertDictContainsSubset)'/,
    removedIn: '3.12',
  },
  {
    name: 'unittest-makesuite',
    sees: /module 'unittest' has no attribute '(?:makeSuite|findTestCases)'/,
    removedIn: '3.13',
  },
  {
    name: 'configparser-safe',
    sees: /cannot import name '?SafeConfigParser'? from '?configparser|'(?:Raw)?ConfigParser' object has no attribute 'readfp'|module 'configparser' has no attribute 'SafeConfigParser'/,
    removedIn: '3.12',
  },
  {
    name: 'pkgutil-impimporter',
    sees: /module 'pkgutil' has no attribute 'ImpImporter'|'(?:FileFinder|zipimporter)' object has no attribute '(?:find_module|find_loader)'/,
    removedIn: '3.12',
  },
  {
    name: 'ssl-wrap-socket',
    sees: /module 'ssl' has no attribute '(?:wrap_socket|match_hostname)'/,
    removedIn: '3.12',
  },
  {
    name: 'ast-num',
    sees: /module 'ast' has no attribute '(?:Num|Str|Bytes|NameConstant|Ellipsis)'/,
    removedIn: '3.12',
  },
  { name: 'locale-format', sees: /module 'locale' has no attribute 'format'/, removedIn: '3.12' },
  { name: 'invalid-escape', sees: /SyntaxWarning: invalid escape sequence/, removedIn: '3.12' },
  {
    name: 'dead-batteries',
    sees: /No module named '?(?:cgi|cgitb|crypt|imghdr|sndhdr|telnetlib|pipes|nntplib|msilib|audioop|aifc|chunk|sunau|uu|xdrlib|lib2to3|nis|ossaudiodev|spwd|mailcap)'?(?:$|\s|\.)/m,
    removedIn: '3.13',
  },
  {
    name: 'pathlib-internals',
    sees: /has no attribute '_(?:flavour|accessor|from_parsed_parts|init)'|cannot import name '?_(?:Accessor|NormalAccessor|PosixFlavour|windows_flavour)'? from '?pathlib/,
    removedIn: '3.10',
  },
  {
    name: 'typing-io',
    sees: /No module named '?typing\.(?:io|re)'?|cannot import name '?(?:_ForwardRef|GenericMeta|_gorg|_Union)'? from '?typing|module 'typing' has no attribute '(?:_ForwardRef|GenericMeta|_ClassVar)'/,
    removedIn: '3.7',
  },
  {
    name: 'code-type-arguments',
    sees: /(?:code\(\) argument \d+ must be|code expected at least \d+ arguments|an integer is required \(got type bytes\))/,
    removedIn: '3.8',
  },
  {
    name: 'async-keyword',
    sees: /from \.?async import|async=(?:True|False)[\s\S]{0,200}SyntaxError: invalid syntax/,
    removedIn: '3.7',
  },
  {
    name: 'python-2',
    sees: /SyntaxError: Missing parentheses in call to 'print'|SyntaxError: multiple exception types must be parenthesized|No module named '?(?:ConfigParser|StringIO|urllib2|urlparse|Queue|httplib|cPickle|__builtin__|Tkinter|HTMLParser|SocketServer)'?$/m,
    removedIn: '3.0',
  },
  {
    name: 'tomllib',
    sees: /No module named '?tomllib'?/,
    addedIn: '3.11',
    otherwise: { kind: 'require', requirements: ['tomli'] },
  },
  {
    name: 'zoneinfo',
    sees: /No module named '?zoneinfo'?/,
    addedIn: '3.9',
    otherwise: { kind: 'require', requirements: ['backports.zoneinfo'] },
  },
  {
    name: 'graphlib',
    sees: /No module named '?graphlib'?/,
    addedIn: '3.9',
    otherwise: { kind: 'require', requirements: ['graphlib-backport'] },
  },
  {
    name: 'dataclasses',
    sees: /No module named '?dataclasses'?/,
    addedIn: '3.7',
    otherwise: { kind: 'require', requirements: ['dataclasses'] },
  },
  {
    name: 'contextvars',
    sees: /No module named '?contextvars'?/,
    addedIn: '3.7',
    otherwise: { kind: 'require', requirements: ['contextvars'] },
  },
  {
    name: 'union-operator',
    sees: /unsupported operand type\(s\) for \|: '(?:type|NoneType|_GenericAlias|_UnionGenericAlias|ABCMeta|types\.GenericAlias)'/,
    addedIn: '3.10',
  },
  {
    name: 'match-statement',
    sees: /^E?\s*match \w[^=\n]*:\n\s*E?\s*\^+\n\s*E?\s*SyntaxError: invalid syntax/m,
    addedIn: '3.10',
  },
  {
    name: 'dataclass-arguments',
    sees: /dataclass\(\) got an unexpected keyword argument '(?:slots|kw_only|match_args)'/,
    addedIn: '3.10',
  },
  {
    name: 'itertools-pairwise',
    sees: /cannot import name '?pairwise'? from '?itertools|zip\(\) takes no keyword arguments|has no attribute 'bit_count'/,
    addedIn: '3.10',
  },
  {
    name: 'typing-3-10',
    sees: /cannot import name '?(?:TypeAlias|ParamSpec|Concatenate|TypeGuard)'? from '?typing'|cannot import name '?(?:EllipsisType|NoneType|UnionType)'? from '?types'/,
    addedIn: '3.10',
  },
  {
    name: 'typing-3-11',
    sees: /cannot import name '?(?:Self|LiteralString|Never|assert_never|Required|NotRequired|TypeVarTuple|Unpack|dataclass_transform|reveal_type)'? from '?typing'|cannot import name '?(?:StrEnum|verify|ReprEnum)'? from '?enum'|cannot import name '?UTC'? from '?datetime'|has no attribute '(?:add_note|TaskGroup)'/,
    addedIn: '3.11',
  },
  {
    name: 'exception-groups',
    sees: /name '(?:ExceptionGroup|BaseExceptionGroup)' is not defined|except\* /,
    addedIn: '3.11',
  },
  {
    name: 'typing-3-12',
    sees: /cannot import name '?(?:override|TypeAliasType)'? from '?typing'|cannot import name '?batched'? from '?itertools'/,
    addedIn: '3.12',
  },
  {
    name: 'typing-3-13',
    sees: /cannot import name '?(?:TypeIs|ReadOnly|NoDefault)'? from '?typing'|cannot import name '?deprecated'? from '?warnings'/,
    addedIn: '3.13',
  },
  {
    name: 'type-parameters',
    sees: /^E?\s*(?:def \w+\[\w+\]|class \w+\[\w+\]|type \w+ = )[^\n]*\n[^\n]*\^+[^\n]*\n\s*E?\s*SyntaxError/m,
    addedIn: '3.12',
  },
]
