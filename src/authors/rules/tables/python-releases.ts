/** Day of the first release of each Python, oldest first. */
export const pythonReleases: Readonly<Record<string, string>> = {
  '2.7': '2010-07-03',
  '3.5': '2015-09-13',
  '3.6': '2016-12-23',
  '3.7': '2018-06-27',
  '3.8': '2019-10-14',
  '3.9': '2020-10-05',
  '3.10': '2021-10-04',
  '3.11': '2022-10-24',
  '3.12': '2023-10-02',
  '3.13': '2024-10-07',
  '3.14': '2025-10-07',
}

/** How long after its release an undeclared Python is taken to have wheels for most packages. */
export const adoptionDays = 180
