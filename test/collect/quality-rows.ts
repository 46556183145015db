import type { FilterRow } from '../../src/collect/filter-row.ts'
import { patchOf } from './filter-rows.ts'

/**
 * The two examples of figure 2 of OpenSWE's paper, told in our own words after what the figure gives: a place, what is
 * written there and what should be; and a check that is proposed, while the change accepts what it would refuse.
 */
export const givenAway: FilterRow = {
  instance_id: 'zopefoundation__ZEO-103',
  repo: 'zopefoundation/ZEO',
  problem_statement: 'slip of the pen\n`ZEO/src/ZEO/__init__.py`\n\nin line 43 `ra` should be `raise`\n',
  patch: patchOf(
    'src/ZEO/__init__.py',
    [
      ' def connection(*args, **kw):',
      '     try:',
      '         return opened(db)',
      '     except Exception:',
      '         db.close()',
      '-        ra',
      '+        raise',
    ],
    38,
  ),
  test_patch: patchOf('src/ZEO/tests/test_convenience.py', [
    ' class ConvenienceTests(unittest.TestCase):',
    '+    def test_connection_closes_after_trouble(self):',
    '+        with self.assertRaises(Broken):',
    '+            ZEO.connection(broken_address)',
  ]),
}

export const misalignedRow: FilterRow = {
  instance_id: 'tianocore__edk2-pytool-extensions-371',
  repo: 'tianocore/edk2-pytool-extensions',
  problem_statement: [
    'Resolver and abbreviated commits',
    'environment/repo_resolver.py does not take an abbreviated commit. So that a dependency always has a whole hash,',
    'I suggest to add a check near line 215 that it is one:',
    '',
    '        else:',
    '            if len(commit) != 40:',
    '                logger.critical("Dependency {0} has a hash that is malformed".format(dep["Path"]))',
    '                raise Exception("Dependency {0} has a hash that is malformed".format(dep["Path"]))',
    '            if repo.head.commit == commit:',
    '',
  ].join('\n'),
  patch:
    patchOf(
      'edk2toolext/environment/extdeptypes/git_dependency.py',
      [
        '                 result = False',
        '-            if (r.head.commit != self.version):',
        '+            if (r.head.commit != self.version and r.head.commit[:7] != self.version):',
      ],
      104,
    ) +
    patchOf(
      'edk2toolext/environment/repo_resolver.py',
      [
        '         else:',
        '-            if repo.head.commit == commit:',
        '+            if repo.head.commit == commit or repo.head.commit[:7] == commit:',
      ],
      262,
    ),
  test_patch:
    patchOf('edk2toolext/tests/test_git_dependency.py', [
      ' class TestGitDependency(unittest.TestCase):',
      '+    def test_verify_of_seven_digits(self):',
      '+        dependency = GitDependency(described("7fd1a60"))',
      '+        dependency.fetch()',
      '+        self.assertTrue(dependency.verify())',
    ]) +
    patchOf('edk2toolext/tests/test_repo_resolver.py', [
      ' class test_repo_resolver(unittest.TestCase):',
      '+    def test_clone_at_seven_digits(self):',
      '+        repo_resolver.resolve(test_dir, {"Path": "test_repo", "Commit": "b1e35a5"})',
    ]),
}

function ordinary(number: number, texts: { statement: string; patch: string; tests: string }): FilterRow {
  return {
    instance_id: `example__ordinary-${number}`,
    repo: 'example/ordinary',
    problem_statement: texts.statement,
    patch: texts.patch,
    test_patch: texts.tests,
  }
}

/** Issues as people write them, each with a change and a test that answer it. */
export const ordinaryRows: readonly FilterRow[] = [
  ordinary(1, {
    statement:
      'Parsing a date with week number fails\n### Steps\n```python\n>>> parse("2021-W05")\n```\n```\nTraceback (most recent call last):\n  File "/venv/lib/dates/parser.py", line 41, in parse\n    return strict(text)\n  File "/venv/lib/dates/parser.py", line 12, in strict\n    raise ValueError(text)\nValueError: 2021-W05\n```\nIt worked in 1.4. I would expect the Monday of that week, as ISO 8601 has it.\n',
    patch: patchOf(
      'dates/parser.py',
      [
        ' def parse(text):',
        '+    if match := week.fullmatch(text):',
        '+        return date.fromisocalendar(int(match[1]), int(match[2]), 1)',
        '     return strict(text)',
      ],
      40,
    ),
    tests: patchOf('tests/test_parser.py', [
      ' from dates import parse',
      '+def test_week():',
      '+    assert parse("2021-W05") == date(2021, 2, 1)',
    ]),
  }),
  ordinary(2, {
    statement:
      'Add an option to leave out hidden files\n`listing()` shows files that begin with a dot. It would be good to have a keyword `hidden` that is true by default, so that scripts stay as they are, and with `hidden=False` such files and folders are not shown, at any depth.\n',
    patch: patchOf('walk/listing.py', [
      '-def listing(root):',
      '+def listing(root, hidden=True):',
      '     for entry in scandir(root):',
      '+        if not hidden and entry.name[0] == ".":',
      '+            continue',
    ]),
    tests: patchOf('tests/test_listing.py', [
      '+def test_hidden(tmp_path):',
      '+    (tmp_path / ".a").touch()',
      '+    assert list(listing(tmp_path, hidden=False)) == []',
    ]),
  }),
  ordinary(3, {
    statement:
      'Memory grows when a stream is closed early\nWe read the first lines of many large objects and close the response. After some thousand of them the process has several gigabytes. It seems that buffers of closed responses are kept until the session ends. With version 3.2 memory stays flat, with 3.3 it grows by the size of what was not read.\n',
    patch: patchOf('net/response.py', [
      '     def close(self):',
      '-        self.closed = True',
      '+        self.closed = True',
      '+        self.session.buffers.pop(self.key, None)',
    ]),
    tests: patchOf('tests/test_response.py', [
      '+def test_close_frees_the_buffer(session):',
      '+    session.get("/large").close()',
      '+    assert session.buffers == {}',
    ]),
  }),
  ordinary(4, {
    statement:
      'Wrong plural in Polish\nFor 22 files the message reads "22 plików" but in Polish it is "22 pliki"; 12 is right as it is. The rule: the last digit 2 to 4 takes the second form, but not where the last two digits are 12 to 14. Other Slavic languages may have this, too.\n',
    patch: patchOf('i18n/plural.py', [
      ' def polish(n):',
      '-    return 1 if 2 <= n <= 4 else 2',
      '+    few = 2 <= n % 10 <= 4 and not 12 <= n % 100 <= 14',
      '+    return 0 if n == 1 else 1 if few else 2',
    ]),
    tests: patchOf('tests/test_plural.py', [
      '+@mark.parametrize("n,form", [(22, 1), (12, 2), (104, 1)])',
      '+def test_polish(n, form):',
      '+    assert polish(n) == form',
    ]),
  }),
  ordinary(5, {
    statement:
      "Crash on an empty configuration file\nI created the file with touch and started the server:\n```\nAttributeError: 'NoneType' object has no attribute 'items'\n```\nAn empty file should mean that all settings have their defaults, just like no file at all. This is with 0.9.1 on Debian 12.\n",
    patch: patchOf('server/settings.py', [
      ' def load(path):',
      '-    return merge(defaults, read(path))',
      '+    return merge(defaults, read(path) or {})',
    ]),
    tests: patchOf('tests/test_settings.py', [
      '+def test_empty_file(tmp_path):',
      '+    (tmp_path / "c.yaml").touch()',
      '+    assert load(tmp_path / "c.yaml") == defaults',
    ]),
  }),
  ordinary(6, {
    statement:
      'Retries ignore Retry-After\n**Describe the bug**\nWhen a server answers 429 with a `Retry-After` header, the client waits its own backoff and asks too early, so that we are blocked for an hour. \n**Expected behavior**\nThe header is respected where it is longer than the backoff. Both forms, seconds and a date, should work.\n**Version**\n5.0.2, see also https://www.rfc-editor.org/rfc/rfc9110#name-retry-after\n',
    patch: patchOf('client/retry.py', [
      ' def wait(response, attempt):',
      '-    return backoff(attempt)',
      '+    asked = seconds_of(response.headers.get("Retry-After"))',
      '+    return max(backoff(attempt), asked)',
      '+',
      '+def seconds_of(value):',
      '+    return 0 if value is None else int(value) if value.isdigit() else until(value)',
    ]),
    tests: patchOf('tests/test_retry.py', [
      '+def test_header_is_respected():',
      '+    assert wait(answer(429, {"Retry-After": "120"}), attempt=1) == 120',
    ]),
  }),
  ordinary(7, {
    statement:
      'Sorting is not stable for equal scores\nResults with the same score change places between two calls, which makes our pages jump. Please keep the order in which documents were added for those. I looked a little: the heap in ranking compares the objects when scores are equal, and these compare by id().\n',
    patch: patchOf('search/ranking.py', [
      ' def top(scored, count):',
      '-    return heapq.nlargest(count, scored)',
      '+    numbered = [(score, -at, doc) for at, (score, doc) in enumerate(scored)]',
      '+    return [(score, doc) for score, _, doc in heapq.nlargest(count, numbered)]',
    ]),
    tests: patchOf('tests/test_ranking.py', [
      '+def test_ties_keep_their_order():',
      '+    docs = [(1, Doc(n)) for n in range(20)]',
      '+    assert top(docs, 20) == docs',
    ]),
  }),
  ordinary(8, {
    statement:
      'Support Decimal in to_json\nValues of type `decimal.Decimal` raise "TypeError: Object of type Decimal is not JSON serializable". Floats lose digits, so for money we need them as strings. A parameter is not needed, strings are what the documentation promises for exact numbers already.\n',
    patch: patchOf('table/export.py', [
      ' def plain(value):',
      '+    if isinstance(value, Decimal):',
      '+        return str(value)',
      '     return value',
    ]),
    tests: patchOf('tests/test_export.py', [
      '+def test_decimal():',
      '+    assert to_json({"price": Decimal("1.10")}) == \'{"price": "1.10"}\'',
    ]),
  }),
  ordinary(9, {
    statement:
      'Deprecated alias warns on import\nSince 2.7 `import plotter` prints a DeprecationWarning although we use nothing deprecated:\n```\n/venv/lib/python3.11/site-packages/plotter/colors.py:88: DeprecationWarning: the alias grey is going away\n```\nIt should warn only when the alias is used.\n',
    patch: patchOf(
      'plotter/colors.py',
      [
        ' names = load_names()',
        '-grey = deprecated(names["gray"])',
        '+',
        '+def __getattr__(name):',
        '+    if name != "grey":',
        '+        raise AttributeError(name)',
        '+    return deprecated(names["gray"])',
      ],
      86,
    ),
    tests: patchOf('tests/test_colors.py', [
      '+def test_import_is_silent(recwarn):',
      '+    reload(plotter.colors)',
      '+    assert not recwarn',
    ]),
  }),
  ordinary(10, {
    statement:
      'Windows: paths in the lock file have backslashes\nA lock file that was written on Windows cannot be used on Linux, since the paths of local packages are written as `libs\\\\core`. Our team has both. The file should always have forward slashes; reading should take either, because such files are out there.\n',
    patch: patchOf('lock/paths.py', [
      ' def written(path):',
      '-    return str(path)',
      '+    return path.as_posix()',
      '+',
      ' def read(text):',
      '-    return Path(text)',
      '+    return Path(text.replace("\\\\", "/"))',
    ]),
    tests: patchOf('tests/test_paths.py', [
      '+def test_slashes():',
      '+    assert written(PureWindowsPath("libs\\\\core")) == "libs/core"',
    ]),
  }),
]
