import type { DemoInstance } from '../demo-instance.ts'
import { edited, text } from '../text.ts'

const library = text`
  """Find out whether links still work."""

  from urllib.error import HTTPError
  from urllib.request import Request, urlopen


  def status(url, method="HEAD"):
      """The HTTP status that \`url\` answers with."""
      try:
          with urlopen(Request(url, method=method), timeout=10) as response:
              return response.status
      except HTTPError as error:
          return error.code


  def works(url):
      """True where \`url\` answers with success."""
      return 200 <= status(url) < 300
`

const fixedLibrary = edited(
  library,
  text`
        return 200 <= status(url) < 300
  `,
  text`
        answer = status(url)
        if answer in (403, 405, 501):
            answer = status(url, method="GET")
        return 200 <= answer < 300


    def broken(urls):
        """The links that do not work, in order."""
        return [url for url in urls if not works(url)]
  `,
)

const tests = text`
  import linkprobe


  def test_success_works(monkeypatch):
      monkeypatch.setattr(linkprobe, "status", lambda url: 204)
      assert linkprobe.works("https://example.org/")


  def test_missing_pages_do_not_work(monkeypatch):
      monkeypatch.setattr(linkprobe, "status", lambda url: 404)
      assert not linkprobe.works("https://example.org/gone")
`

const newTests = text`


  def test_finds_the_broken_link():
      good, bad = "https://example.org/", "https://example.org/gone"
      assert linkprobe.broken([good, bad]) == [bad]
`

const pyproject = text`
  [build-system]
  requires = ["flit_core>=3.4"]
  build-backend = "flit_core.buildapi"

  [project]
  name = "linkprobe"
  version = "0.9.0"
  description = "Find out whether links still work"
  requires-python = ">=3.8"

  [project.optional-dependencies]
  test = ["pytest"]
`

export const linkprobe: DemoInstance = {
  repo: 'openswe-demo/linkprobe',
  shows: 'the new test needs the network, which evaluation does not have',
  expected: 'unsolvable',
  version: '0.9',
  problem_statement: text`
    Servers that refuse HEAD are reported as dead

    Some servers answer 405 (or 403, or 501) to HEAD and 200 to GET; in a browser these links are fine, but
    \`linkprobe.works()\` is \`False\`. Please ask again with GET before giving up.

    It would also be nice to have one call that takes a list of links and returns the broken ones.
  `,
  history: [
    {
      message: 'Ask for the status',
      date: '2024-08-05T11:00:00Z',
      files: { 'README.md': '# linkprobe\n\nFind out whether links still work.\n', 'pyproject.toml': pyproject },
    },
    {
      message: 'Tell what works',
      date: '2024-08-12T11:00:00Z',
      files: { 'linkprobe.py': library, 'tests/test_linkprobe.py': tests },
      tag: '0.9.0',
    },
  ],
  pullRequest: {
    number: 8,
    message: 'Ask again with GET, list broken links (#8)',
    date: '2024-08-19T11:00:00Z',
    source: { 'linkprobe.py': fixedLibrary },
    tests: { 'tests/test_linkprobe.py': tests + newTests },
  },
  later: [
    {
      message: 'Test without the network',
      date: '2024-08-26T11:00:00Z',
      files: { 'tests/test_linkprobe.py': tests },
      tag: '1.0.0',
    },
  ],
}
